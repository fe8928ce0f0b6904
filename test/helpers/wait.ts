/** Waiting for what happens soon, with a bound. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Wait until `look` finds something (not undefined, false or empty), looking every few milliseconds. @throws Error after `milliseconds`. */
export async function until<Found>(
  what: string,
  look: () => Found | undefined | false | Promise<Found | undefined | false>,
  milliseconds = 120_000,
): Promise<Found> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false && found !== '') return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${milliseconds} ms`);
    await sleep(20);
  }
}
