/** `tsrun __restart ID`: what waits for a restart becomes this, with the container's lock as descriptor 3. */
import { createEngine } from '../../engine/engine.ts';
import { restartContainer } from '../../engine/restore.ts';
import type { Command } from '../command.ts';

const LOCK = 3;

export const command: Command = {
  usage: 'ID',
  summary: 'Start a container again whose wait is over',
  flags: [],
  words: { least: 1, most: 1 },
  async run({ options, words }) {
    // Nobody listens: a failure is in the container's record.
    await restartContainer(createEngine(options), words[0] ?? '', LOCK, {});
    return 0;
  },
};
