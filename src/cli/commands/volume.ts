/** `tsrun volume`: make, list and remove volumes. */
import { createVolume, queryVolumes, removeVolume } from '../../engine/volumes.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { forEachName, openEngine } from '../engine.ts';
import { volumeListing } from '../format/volumes.ts';
import { filterFlag } from '../options/filters.ts';
import { checkLabel, readLabels } from '../options/key-values.ts';
import { writeOut } from '../output.ts';
import { printList } from '../print-list.ts';

export const create: Command = {
  usage: '[OPTIONS] [VOLUME]',
  summary: 'Create a volume',
  flags: [
    { name: 'driver', short: 'd', value: 'string', help: 'Specify volume driver name (default "local")' },
    { name: 'label', value: 'list', help: 'Set metadata for a volume', check: checkLabel },
    { name: 'name', value: 'string', help: 'Specify volume name', hidden: true },
    { name: 'opt', short: 'o', value: 'map', help: 'Set driver specific options', hidden: true, unsupported: true },
  ],
  words: { least: 0, most: 1 },
  run({ options, flags, words }) {
    const named = flags.word('name');
    if (named !== undefined && words.length > 0) {
      throw new TsrunError('INVALID_ARGUMENT', 'conflicting options: either specify --name or provide positional arg, not both', {
        exitCode: 1,
      });
    }
    const name = words[0] ?? named ?? '';
    const driver = flags.word('driver') ?? 'local';
    if (driver !== 'local') {
      throw new TsrunError('UNSUPPORTED', `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`, {
        exitCode: 1,
        hint: 'the one driver there is: local',
      });
    }
    writeOut(`${createVolume(openEngine(options), name, readLabels([], flags.list('label')))}\n`);
    return 0;
  },
};

export const ls: Command = {
  usage: '[OPTIONS]',
  summary: 'List volumes',
  flags: [
    { ...filterFlag, help: "Provide filter values (e.g. 'dangling=true')" },
    { name: 'format', value: 'string', help: 'Format output: table, json, or a Go template' },
    { name: 'quiet', short: 'q', help: 'Only display volume names' },
  ],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    const engine = openEngine(options);
    const volumes = queryVolumes(engine, flags.list('filter'));
    await printList(volumeListing(engine.paths), volumes, { format: flags.text('format'), quiet: flags.flag('quiet') });
    return 0;
  },
};

export const rm: Command = {
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  summary: 'Remove one or more volumes',
  flags: [{ name: 'force', short: 'f', help: 'Force the removal of one or more volumes' }],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    return forEachName(options, words, (name) => {
      try {
        removeVolume(engine, name);
      } catch (error) {
        // With -f one that isn't there is gone, as asked.
        if (!flags.flag('force') || !isTsrunError(error, 'NOT_FOUND')) throw error;
      }
    });
  },
};
