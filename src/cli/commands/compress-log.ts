/** `tsrun __compress`: what a container's monitor calls for a file of its log that was rotated away, as stdin; stdout is the compressed one. */
import { fsyncSync } from 'node:fs';
import { compressLog } from '../../process/compressed-log.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  usage: '',
  summary: 'Compress a file of a log from stdin to stdout',
  flags: [],
  words: { least: 0, most: 0 },
  run() {
    compressLog(0, 1);
    // The other one goes when we have succeeded.
    fsyncSync(1);
    return 0;
  },
};
