/** Signals as users name them, for `stop`, `kill` and --stop-signal. */
import { TsrunError } from '../model/errors.ts';
import { signalNumber } from '../model/signals.ts';

/**
 * The number of `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3` or `RTMAX-1`.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words.
 */
export function parseSignal(text: string): number {
  const number = signalNumber(text);
  if (number === undefined) throw new TsrunError('INVALID_ARGUMENT', `Invalid signal: ${text}`);
  return number;
}
