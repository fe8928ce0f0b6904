/** `--explain`: each of the seven steps and each call as it is made, on stderr. */
import { setTraceListener, type TraceEvent } from '../kernel/trace.ts';
import { writeError } from './output.ts';

/** Widest call name that still lines up. */
const CALL_WIDTH = 16;

/** Say from now on what is done. */
export function explainToStderr(): void {
  setTraceListener((event) => writeError(traceLine(event)));
}

/** One event as a line: a step's title, or a call under it with what it does and how long it took. */
export function traceLine(event: TraceEvent): string {
  if (event.type === 'step') return `\n[${event.step}/7] ${event.title}\n`;
  return `  ${event.call.padEnd(CALL_WIDTH)} ${event.words}  (${microseconds(event.microseconds)})\n`;
}

function microseconds(count: number): string {
  return `${count < 10 ? count.toFixed(1) : Math.round(count)} µs`;
}
