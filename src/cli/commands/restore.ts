/** `tsrun restore`: what the system's start calls (packaging/tsrun.service). */
import { restoreContainers } from '../../engine/restore.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { reportError } from '../errors.ts';
import { listenTo } from '../listener.ts';
import { writeOut } from '../output.ts';

const namedError = (name: string, error: unknown): unknown =>
  isTsrunError(error) ? new TsrunError(error.code, `${name}: ${error.message}`, error) : error;

export const command: Command = {
  usage: '',
  summary: 'Start the containers whose restart policy says so, after a boot',
  flags: [],
  words: { least: 0, most: 0 },
  async run({ options }) {
    let failures = 0;
    const names = await restoreContainers(openEngine(options), listenTo(options, true), (name, error) => {
      failures++;
      reportError(namedError(name, error), { ...options, exitCode: 1 });
    });
    for (const name of names) writeOut(`${name}\n`);
    return failures === 0 ? 0 : 1;
  },
};
