/** `tsrun __reclaim ID`: what a container's monitor calls at the end, where no client did it. */
import { createEngine } from '../../engine/engine.ts';
import { awaitReclaim } from '../../engine/stop.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  usage: 'ID',
  summary: 'Give back what a container that ended held',
  flags: [],
  words: { least: 1, most: 1 },
  run({ options, words }) {
    awaitReclaim(createEngine(options), words[0] ?? '');
    return 0;
  },
};
