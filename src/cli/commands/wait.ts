/** `tsrun wait`: block until containers end, and print their exit codes. */
import { waitContainer } from '../../engine/wait.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { reportError } from '../errors.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Block until one or more containers stop, then print their exit codes',
  flags: [],
  words: { least: 1, most: Infinity },
  async run({ options, words }) {
    const engine = openEngine(options);
    let failed = false;
    for (const name of words) {
      try {
        writeOut(`${await onContainer(engine, name, (container) => waitContainer(engine, container))}\n`);
      } catch (error) {
        failed = true;
        reportError(error, { debug: options.debug, logFormat: options.logFormat, exitCode: 1 });
      }
    }
    return failed ? 1 : 0;
  },
};
