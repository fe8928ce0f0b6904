/** `tsrun kill`: send a signal to containers. */
import { killContainer } from '../../engine/stop.ts';
import type { Command } from '../command.ts';
import { containerOf, forEachName, openEngine } from '../engine.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  flags: [{ name: 'signal', short: 's', value: 'string', help: 'Signal to send to the container (default "KILL")' }],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    return forEachName(options, words, (name) => killContainer(engine, containerOf(engine, name), flags.word('signal') ?? 'KILL'));
  },
};
