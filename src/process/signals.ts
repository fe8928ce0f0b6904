/** Signals as people name them. */
import { TsrunError } from '../model/errors.ts';
import { signalNumber } from '../model/signals.ts';

/**
 * The number of a signal: `SIGTERM`, `term`, `15`, `RTMIN+3`.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function parseSignal(text: string): number {
  const number = signalNumber(text);
  if (number === undefined) throw new TsrunError('INVALID_ARGUMENT', `Invalid signal: ${text}`, { path: text });
  return number;
}
