/** What a check of `tsrun doctor` is: it looks at one kind of thing, and knows how to mend what is wrong with it. */
import type { Engine } from '../engine.ts';

/** One thing that is wrong. */
export interface Problem {
  /** One line: what, and where. */
  what: string;
  /** What mending it comes to, in a few words: `written again`, `removed`. Without it only a person can help; then it says how. */
  remedy: string;
  /** Mend it; undefined: it can't be. What was mended already, with another problem, is fine. */
  mend: (() => void | Promise<void>) | undefined;
}

/** Looks; changes nothing. */
export type Check = (engine: Engine) => Problem[] | Promise<Problem[]>;

/** One mending for several problems: it is done once. */
export function once(mend: () => void | Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= Promise.resolve().then(mend));
}
