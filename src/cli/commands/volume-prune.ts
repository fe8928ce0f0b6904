/** `tsrun volume prune`: remove all volumes that no container uses. */
import { prunableVolumes, pruneVolumes } from '../../engine/volumes.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { openEngine } from '../engine.ts';
import { prunedBlock, reclaimedLine } from '../format/pruned.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { writeOut } from '../output.ts';

const WARNING = 'WARNING! This will remove all local volumes not used by at least one container.';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all unused local volumes',
  flags: pruneFlags('label=<label>'),
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const filter = readPruneFilter(flags, ['label', 'label!']);
    const dryRun = flags.flag('dry-run');
    const goOn = dryRun || flags.flag('force') || confirm(WARNING);
    const engine = openEngine(options);
    const pruned = goOn ? (dryRun ? prunableVolumes : pruneVolumes)(engine, filter) : { names: [], bytes: 0 };
    const tense = dryRun ? 'would' : 'did';
    writeOut(prunedBlock('Volumes', pruned.names, tense) + reclaimedLine([pruned], tense));
    return 0;
  },
};
