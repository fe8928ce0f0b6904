/** `tsrun restore`: what the system's start calls (packaging/tsrun.service). */
import { restoreContainers } from '../../engine/restore.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { reportError } from '../errors.ts';
import { listenTo } from '../listener.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '',
  summary: 'Start the containers whose restart policy says so, after a boot',
  flags: [],
  words: { least: 0, most: 0 },
  async run({ options }) {
    let failures = 0;
    const names = await restoreContainers(openEngine(options), listenTo(options, true), (name, error) => {
      failures++;
      reportError(new Error(`${name}: ${(error as Error).message}`, { cause: error }), { ...options, exitCode: 1 });
    });
    for (const name of names) writeOut(`${name}\n`);
    return failures === 0 ? 0 : 1;
  },
};
