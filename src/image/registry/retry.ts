/** Trying again what may pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './failures.ts';
import type { RegistryOptions, RegistryTimes } from './options.ts';

/**
 * Do `work` until it succeeds, fails for good, or was tried often enough.
 * @param wantsAgain looks at a result that is no success: milliseconds to wait before the next try, `backoff` for the
 *   usual wait, undefined to take it as it is. Not asked after the last try.
 */
export async function persist<Result>(
  options: RegistryOptions,
  work: () => Promise<Result>,
  wantsAgain: (result: Result) => number | 'backoff' | undefined = () => undefined,
): Promise<Result> {
  const { times } = options;
  for (let tried = 1; ; tried++) {
    let wait: number | 'backoff' = 'backoff';
    try {
      const result = await work();
      const wanted = tried < times.tries ? wantsAgain(result) : undefined;
      if (wanted === undefined) return result;
      wait = wanted;
    } catch (error) {
      if (!isPassing(error) || tried >= times.tries) throw error;
    }
    await pause(wait === 'backoff' ? backoff(tried, times) : wait, options);
  }
}

/** Milliseconds to wait after so many failures: doubled each time, and spread so that clients don't come back together. */
export function backoff(failures: number, times: RegistryTimes): number {
  return Math.min(times.firstWait * 2 ** (failures - 1) * (1 + Math.random() / 4), times.longestWait);
}

/** Wait, unless everything is to end. */
export async function pause(milliseconds: number, { signal }: RegistryOptions): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
}
