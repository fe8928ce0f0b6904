/** What a check of `tsrun doctor` is: it looks at one kind of thing, and knows how to mend what is wrong with it. */
import { setTimeout as sleep } from 'node:timers/promises';
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

/** How long something may be on its way out. */
const PATIENCE_MS = 2000;
const PACE_MS = 50;

/** What is found however often one looks: what a command, or the kernel, is just taking away is no problem. */
export async function whatStays(look: () => Problem[]): Promise<Problem[]> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(PACE_MS);
  }
}

/** One mending for several problems: it is done once. */
export function once(mend: () => void | Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= Promise.resolve().then(mend));
}
