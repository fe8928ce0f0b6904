/** `tsrun __supervise`: what looks after health checks; started by the command that finds nobody does. */
import { createEngine } from '../../engine/engine.ts';
import { supervise } from '../../engine/supervise.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  usage: '',
  summary: 'Look after health checks until there are none',
  flags: [],
  words: { least: 0, most: 0 },
  async run({ options }) {
    await supervise(createEngine(options));
    return 0;
  },
};
