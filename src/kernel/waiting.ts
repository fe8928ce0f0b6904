/**
 * Work that can wait beside other work: where it would block, it yields what it waits for. Who has nothing else to do blocks on it
 * (`blockOn`), who has several pieces waits for all of them at once (`runTogether`). It is no promise, because waiting for a
 * process without promises needs no part of Node that costs time to load.
 */
import { native } from './native.ts';

/** A descriptor to be read, or the time. */
export interface Wait {
  /** What becomes readable; a pidfd does when its process ends. */
  readonly fd?: number;
  /** The longest to wait; Infinity: for ever. */
  readonly ms: number;
}

/** Work whose waits are answered with whether `fd` can be read. */
export type Waiting<Result> = Generator<Wait, Result, boolean>;

/** Do one piece of work, and nothing else meanwhile. Throws what it throws. */
export function blockOn<Result>(work: Waiting<Result>): Result {
  let turn = work.next(false);
  while (turn.done !== true) turn = work.next(block(turn.value));
  return turn.value;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function block({ fd, ms }: Wait): boolean {
  if (fd !== undefined) return native().pidfdWait(fd, toTimeout(ms));
  if (ms > 0) Atomics.wait(sleeper, 0, 0, ms);
  return false;
}

const toTimeout = (ms: number): number => (ms === Infinity ? -1 : Math.max(0, Math.ceil(ms)));

/** How a piece of work ended. */
export type Outcome<Result> = { result: Result } | { error: unknown };

/** Seconds. Not `performance`: its first use loads 3 ms of Node. */
const now = (): number => process.uptime();

interface Running<Result> {
  readonly index: number;
  readonly work: Waiting<Result>;
  fd: number | undefined;
  until: number;
}

/**
 * Do many pieces of work side by side; none waits for another.
 * @param most so many at once; the others begin, in their order, as those before them end
 * @param ended told how each ended, by its place in `works`, when it does
 */
export function runTogether<Result>(
  works: readonly Waiting<Result>[],
  most: number,
  ended: (index: number, outcome: Outcome<Result>) => void,
): void {
  const running = new Set<Running<Result>>();
  const goOn = (each: Running<Result>, isReady: boolean): void => {
    let outcome: Outcome<Result>;
    try {
      const turn = each.work.next(isReady);
      if (turn.done !== true) {
        each.fd = turn.value.fd;
        each.until = now() + turn.value.ms / 1000;
        return;
      }
      outcome = { result: turn.value };
    } catch (error) {
      outcome = { error };
    }
    running.delete(each);
    ended(each.index, outcome);
  };
  for (let begun = 0; ;) {
    while (running.size < most && begun < works.length) {
      const each = { index: begun, work: works[begun] as Waiting<Result>, fd: undefined, until: 0 };
      begun++;
      running.add(each);
      goOn(each, false);
    }
    if (running.size === 0) return;
    const waiting = [...running];
    const longest = (Math.min(...waiting.map(({ until }) => until)) - now()) * 1000;
    const readable = native().pollReadable(
      waiting.map(({ fd }) => fd ?? -1),
      toTimeout(longest),
    );
    const time = now();
    for (const [index, each] of waiting.entries()) {
      const isReady = readable[index] === true;
      if (isReady || each.until <= time) goOn(each, isReady);
    }
  }
}
