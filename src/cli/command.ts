/** What a command is to the dispatcher. One file a command, in commands/. */
import type { EngineOptions } from '../model/run-request.ts';
import type { Flag, FlagValues } from './flags.ts';

export interface CommandCall {
  /** The words before the command, and the environment's. */
  options: EngineOptions;
  flags: FlagValues;
  words: string[];
  /** The words that led here: `run`, `container run`. */
  name: string;
}

export interface Command {
  /** After the command's name: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  usage: string;
  /** One line. */
  summary: string;
  flags: readonly Flag[];
  /** Whether flags may follow the first word (they may, unless this is false). */
  interspersed?: false;
  /** How many words it takes. */
  words: { least: number; most: number };
  /** The exit code of an error that doesn't say; 1. */
  exitCode?: number;
  /** @returns the exit code */
  run(call: CommandCall): number | Promise<number>;
}
