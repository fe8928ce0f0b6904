/**
 * A frequent command's own bundle (`loader.cjs`) holds no other command, no help, and nothing that talks to registries: in place of
 * these, the build puts what throws this when it is called for. Nothing has been done by then, so the whole bundle can begin anew.
 */
export class InOtherBundle extends Error {}

declare const __tsrunStartWhole: (() => void) | undefined;

const wholeStarter = (): (() => void) | undefined => (typeof __tsrunStartWhole === 'undefined' ? undefined : __tsrunStartWhole);

/** What the build puts in the place of a module that this bundle is without. @throws InOtherBundle */
export function inOtherBundle(): never {
  throw new InOtherBundle('what was asked for is in another bundle');
}

/** Leave to the whole bundle what needs it, before anything is read or printed. Does nothing in that one. @throws InOtherBundle */
export function needWholeBundle(): void {
  if (wholeStarter() !== undefined) inOtherBundle();
}

/** Let the whole bundle take over. @throws what was given, where this is the whole */
export function startWhole(error: unknown): void {
  const start = wholeStarter();
  if (!(error instanceof InOtherBundle) || start === undefined) throw error;
  start();
}
