/**
 * A frequent command's own bundle (`loader.cjs`) holds no other command: in place of each, the build puts a module that throws
 * this when it is loaded. Nothing has been done by then, so the whole bundle can begin anew.
 */
export class InOtherBundle extends Error {}

declare const __tsrunStartWhole: (() => void) | undefined;

/** Let the whole bundle take over. @throws what was given, where this is the whole */
export function startWhole(error: unknown): void {
  if (!(error instanceof InOtherBundle) || typeof __tsrunStartWhole === 'undefined' || __tsrunStartWhole === undefined) throw error;
  __tsrunStartWhole();
}
