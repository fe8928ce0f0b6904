/** Two kinds of wrong values: what can't be read (an Error; Docker's client says it), and what can be and isn't had. */
import { TsrunError } from '../../model/errors.ts';

/** The second kind: Docker's daemon says it, and a command's exit code is the one of anything that failed. */
export function refused(message: string, cause?: unknown): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', message, { cause });
}
