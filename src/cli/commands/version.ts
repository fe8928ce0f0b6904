/** `tsrun version`. */
import { VERSION } from '../../model/version.ts';
import type { Command } from '../command.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Show the tsrun version information',
  flags: [],
  words: { least: 0, most: 0 },
  run() {
    const lines = [
      ['Version:', VERSION],
      ['Node version:', process.version],
      ['OS/Arch:', `linux/${process.arch.replace('x64', 'amd64')}`],
    ];
    writeOut(`tsrun:\n${lines.map(([name = '', value]) => ` ${name.padEnd(19)}${value}\n`).join('')}`);
    return 0;
  },
};
