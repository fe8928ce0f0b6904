/** `--explain`: each of the seven steps and each call as it is made, on stderr. */
import { setTraceListener, type TraceEvent } from '../kernel/trace.ts';
import { visible } from '../model/printable.ts';
import { writeError } from './output.ts';

/** Widest call name that shares a line with its words. */
const CALL_WIDTH = 16;

/** Say from now on what is done. */
export function explainToStderr(): void {
  setTraceListener((event) => writeError(visible(traceText(event))));
}

/**
 * One event as text: a step's title; a call by its name, with what it does; or a system call written out, under the
 * sentence that says what it is for.
 */
export function traceText(event: TraceEvent): string {
  if (event.type === 'step') return `\n[${event.step}/7] ${event.title}\n`;
  const time = duration(event.microseconds);
  if (event.call.length <= CALL_WIDTH) return `  ${event.call.padEnd(CALL_WIDTH)} ${event.words}${time}\n`;
  return `  ${event.words}${time}\n      ${event.call}\n`;
}

/** One of several calls in one go has no time of its own. */
function duration(microseconds: number): string {
  if (microseconds === 0) return '';
  return `  (${microseconds < 10 ? microseconds.toFixed(1) : Math.round(microseconds)} µs)`;
}
