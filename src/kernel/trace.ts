/**
 * What `--explain` hears: the seven steps and the calls that were really made, as they are made. Code that makes a call
 * reports it here; with no listener that costs one comparison.
 */
import type { StepNumber } from '../model/errors.ts';

export type TraceEvent =
  | { type: 'step'; step: StepNumber; title: string }
  /** A call made now: `call` is its name (`RTM_NEWLINK`, `mkdir`, `INSERT`), `words` say what it does with which arguments. */
  | { type: 'call'; call: string; words: string; microseconds: number };

export type TraceListener = (event: TraceEvent) => void;

let listener: TraceListener | undefined;

/** Listen to what follows (one listener; undefined ends it). */
export function setTraceListener(next: TraceListener | undefined): void {
  listener = next;
}

/** Whether anyone listens: guard for words that cost something to make. */
export function isTracing(): boolean {
  return listener !== undefined;
}

/** Begin one of the seven steps. */
export function traceStep(step: StepNumber, title: string): void {
  listener?.({ type: 'step', step, title });
}

/** Report a call that somebody else timed. */
export function traceTimedCall(call: string, words: string, microseconds: number): void {
  listener?.({ type: 'call', call, words, microseconds });
}

/** Make a call, and report it and how long it took; a failed one is reported too. */
export function traceCall<Result>(call: string, words: () => string, make: () => Result): Result {
  if (listener === undefined) return make();
  const began = process.hrtime.bigint();
  try {
    return make();
  } finally {
    listener({ type: 'call', call, words: words(), microseconds: Number(process.hrtime.bigint() - began) / 1000 });
  }
}
