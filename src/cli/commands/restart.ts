/** `tsrun restart`: stop containers and start them. */
import { restartByUser } from '../../engine/restart-by-user.ts';
import type { Command } from '../command.ts';
import { containerOf, forEachName, openEngine } from '../engine.ts';
import { integer } from '../flags.ts';
import { listenTo } from '../listener.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Restart one or more containers',
  flags: [
    { name: 'signal', short: 's', value: 'string', help: 'Signal to send to the container' },
    {
      name: 'time',
      alias: 'timeout',
      short: 't',
      value: 'int',
      help: 'Seconds to wait before killing the container (-1: for ever)',
      check: integer,
    },
  ],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    const how = { timeoutSeconds: flags.integer('time'), signal: flags.word('signal') };
    return forEachName(options, words, (name) => restartByUser(engine, containerOf(engine, name), how, listenTo(options, true)));
  },
};
