/** `tsrun down`: end everything, and leave the host as it was before the first run. */
import { takeDown } from '../../engine/down.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { integer } from '../flags.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Stop all containers, and remove the bridge and its firewall rules',
  flags: [{ name: 'time', short: 't', value: 'int', help: 'Seconds to wait before killing a container (-1: for ever)', check: integer }],
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    for (const name of takeDown(openEngine(options), flags.integer('time'))) writeOut(`${name}\n`);
    return 0;
  },
};
