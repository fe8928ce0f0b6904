/** `tsrun restart`: stop containers and start them. */
import { restartByUser } from '../../engine/restart-by-user.ts';
import type { Command } from '../command.ts';
import { forEachName, onContainer, openEngine } from '../engine.ts';
import { listenTo } from '../listener.ts';
import { readStopFlags, stopFlags } from '../options/stop-flags.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Restart one or more containers',
  flags: stopFlags,
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    const how = readStopFlags(flags);
    return forEachName(options, words, (name) =>
      onContainer(engine, name, (container) => restartByUser(engine, container, how, listenTo(options, true))),
    );
  },
};
