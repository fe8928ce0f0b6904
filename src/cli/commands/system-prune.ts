/** `tsrun system prune`: remove whatever is not in use. */
import { pruneSystem } from '../../engine/prune/system.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { openEngine } from '../engine.ts';
import { prunedBlock, prunedImageLines, reclaimedLine } from '../format/pruned.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove unused data',
  flags: [
    { name: 'all', short: 'a', help: 'Remove all unused images not just dangling ones' },
    ...pruneFlags('label=<key>=<value>'),
    { name: 'volumes', help: 'Prune volumes' },
  ],
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const [all, volumes, dryRun] = [flags.flag('all'), flags.flag('volumes'), flags.flag('dry-run')];
    const filter = readPruneFilter(flags, ['label', 'label!', 'until']);
    if (volumes && filter.until !== undefined)
      throw new TsrunError('INVALID_ARGUMENT', 'ERROR: The "until" filter is not supported with "--volumes"');
    if (!dryRun && !flags.flag('force') && !confirm(warning(all, volumes, flags.list('filter')))) return 0;
    const pruned = pruneSystem(openEngine(options), { filter, all, volumes, dryRun });
    const tense = dryRun ? 'would' : 'did';
    writeOut(
      prunedBlock('Containers', pruned.containers.names, tense) +
        prunedBlock('Volumes', pruned.volumes.names, tense) +
        prunedBlock('Images', prunedImageLines(pruned.images.records), tense) +
        reclaimedLine([pruned.containers, pruned.volumes, pruned.images], tense),
    );
    return 0;
  },
};

/** Docker's words, of networks and build caches too: of neither is there ever one that isn't used. */
function warning(all: boolean, volumes: boolean, filters: readonly string[]): string {
  const kinds = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'all dangling build cache',
  ];
  const filtered =
    filters.length === 0 ? '' : `\n  Items to be pruned will be filtered with:\n${filters.map((each) => `  - ${each}\n`).join('')}`;
  return `WARNING! This will remove:\n${kinds.map((kind) => `  - ${kind}\n`).join('')}${filtered}`;
}
