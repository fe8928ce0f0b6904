/** `tsrun wait`: block until containers end, and print their exit codes. */
import { waitContainer } from '../../engine/wait.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine, reportAll } from '../engine.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Block until one or more containers stop, then print their exit codes',
  flags: [],
  words: { least: 1, most: Infinity },
  async run({ options, words }) {
    const engine = openEngine(options);
    const errors: unknown[] = [];
    for (const name of words) {
      try {
        writeOut(`${await onContainer(engine, name, (container) => waitContainer(engine, container))}\n`);
      } catch (error) {
        errors.push(error);
      }
    }
    return reportAll(options, errors);
  },
};
