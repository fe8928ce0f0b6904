/** `tsrun volume prune`: remove all volumes that no container uses. */
import { prunableVolumes, pruneVolumes } from '../../engine/volumes.ts';
import type { Command } from '../command.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { prune } from '../prune.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all unused local volumes',
  flags: pruneFlags('label=<label>'),
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const filter = readPruneFilter(flags, ['label', 'label!']);
    return prune(options, flags, {
      kind: 'Volumes',
      warning: 'WARNING! This will remove all local volumes not used by at least one container.',
      remove: (engine) => pruneVolumes(engine, filter),
      look: (engine) => prunableVolumes(engine, filter),
      lines: ({ names }) => names,
    });
  },
};
