/** `tsrun __exec-ended ID EXEC`: what an exec's monitor calls at the end, where no client waited for it. */
import { createEngine } from '../../engine/engine.ts';
import { recordExecDeath } from '../../engine/exec-events.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  usage: 'ID EXEC',
  summary: 'Tell that an exec ended',
  flags: [],
  words: { least: 2, most: 2 },
  run({ options, words }) {
    const [id = '', execId = ''] = words;
    // A program that never ran has none.
    const exitCode = process.env['TSRUN_EXIT_STATUS'];
    if (exitCode !== undefined) recordExecDeath(createEngine(options), id, execId, exitCode);
    return 0;
  },
};
