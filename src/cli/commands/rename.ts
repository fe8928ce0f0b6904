/** `tsrun rename`: give a container another name. */
import { renameContainer } from '../../engine/rename.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { reportError } from '../errors.ts';
import { writeError } from '../output.ts';

export const command: Command = {
  usage: 'CONTAINER NEW_NAME',
  summary: 'Rename a container',
  flags: [],
  words: { least: 2, most: 2 },
  run({ options, words }) {
    const [from = '', to = ''] = words.map((word) => word.trim());
    if (from === '' || to === '') throw new TsrunError('INVALID_ARGUMENT', 'Neither old nor new names may be empty', { exitCode: 1 });
    try {
      const engine = openEngine(options);
      renameContainer(engine, containerOf(engine, from), to);
      return 0;
    } catch (error) {
      const code = reportError(error, { debug: options.debug, logFormat: options.logFormat, exitCode: 1 });
      if (options.logFormat === 'text') writeError(`Error: failed to rename container named ${from}\n`);
      return code;
    }
  },
};
