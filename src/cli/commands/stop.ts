/** `tsrun stop`: ask containers to end, and make them after a while. */
import { stopContainer } from '../../engine/stop.ts';
import type { Command } from '../command.ts';
import { containerOf, forEachName, openEngine } from '../engine.ts';
import { integer } from '../flags.ts';
import { writeError } from '../output.ts';
import { isTerminal } from '../terminal.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Stop one or more running containers',
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
    return forEachName(options, words, (name) =>
      stopContainer(engine, containerOf(engine, name), {
        timeoutSeconds: flags.integer('time'),
        signal: flags.word('signal'),
        // For a person only: a script's stderr is as Docker's.
        ...(isTerminal(2) ? { hint: (sentence) => writeError(`${sentence}\n`) } : {}),
      }),
    );
  },
};
