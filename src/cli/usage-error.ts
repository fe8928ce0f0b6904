/** The user's words are wrong: printed as Docker prints it, bare and with where to look. */
import { TsrunError } from '../model/errors.ts';

/** An error in the words of the command line: no `tsrun:` before it. */
export class UsageError extends TsrunError {
  /** Text that follows the hint: the usage of the command. */
  readonly usage: string | undefined;

  /**
   * @param command the words that lead to the command, e.g. `run` or `container ls`; '' is tsrun itself
   * @param exitCode 125 for what a flag parser refuses, 1 for a wrong number of words
   */
  constructor(command: string, message: string, exitCode: 1 | 125 = 125, usage?: string) {
    super('INVALID_ARGUMENT', message, { exitCode, hint: `See '${['tsrun', command].filter(Boolean).join(' ')} --help'.` });
    this.name = 'UsageError';
    this.usage = usage;
  }
}
