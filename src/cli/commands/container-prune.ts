/** `tsrun container prune`: remove all stopped containers. */
import { pruneContainerRows, pruneContainers } from '../../engine/prune/containers.ts';
import { rolledBack } from '../../engine/prune/prune.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { openEngine } from '../engine.ts';
import { prunedBlock, reclaimedLine } from '../format/pruned.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { writeOut } from '../output.ts';

const WARNING = 'WARNING! This will remove all stopped containers.';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  flags: pruneFlags('until=<timestamp>'),
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const filter = readPruneFilter(flags, ['label', 'label!', 'until']);
    const dryRun = flags.flag('dry-run');
    const goOn = dryRun || flags.flag('force') || confirm(WARNING);
    const engine = openEngine(options);
    const prune = (): ReturnType<typeof pruneContainers> =>
      dryRun ? rolledBack(engine.database(), () => pruneContainerRows(engine, filter)) : pruneContainers(engine, filter);
    const pruned = goOn ? prune() : { names: [], bytes: 0 };
    const tense = dryRun ? 'would' : 'did';
    writeOut(prunedBlock('Containers', pruned.names, tense) + reclaimedLine([pruned], tense));
    return 0;
  },
};
