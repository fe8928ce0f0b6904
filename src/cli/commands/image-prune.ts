/** `tsrun image prune`: remove images that nothing uses. */
import { pruneImageRows, pruneImages } from '../../engine/prune/images.ts';
import { rolledBack } from '../../engine/prune/prune.ts';
import { storeOf } from '../../engine/engine.ts';
import { heldDigests } from '../../image/store/holds.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { openEngine } from '../engine.ts';
import { prunedBlock, prunedImageLines, reclaimedLine } from '../format/pruned.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { writeOut } from '../output.ts';

const ALL = 'WARNING! This will remove all images without at least one container associated to them.';
const DANGLING = 'WARNING! This will remove all dangling images.';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove unused images',
  flags: [{ name: 'all', short: 'a', help: 'Remove all unused images, not just dangling ones' }, ...pruneFlags('until=<timestamp>')],
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const all = flags.flag('all');
    const wanted = { all, filter: readPruneFilter(flags, ['label', 'label!', 'until']) };
    const dryRun = flags.flag('dry-run');
    const goOn = dryRun || flags.flag('force') || confirm(all ? ALL : DANGLING);
    const engine = openEngine(options);
    const prune = (): ReturnType<typeof pruneImages> =>
      dryRun
        ? rolledBack(engine.database(), () => pruneImageRows(engine, wanted, heldDigests(storeOf(engine))))
        : pruneImages(engine, wanted);
    const pruned = goOn ? prune() : { records: [], bytes: 0 };
    const tense = dryRun ? 'would' : 'did';
    writeOut(prunedBlock('Images', prunedImageLines(pruned.records), tense) + reclaimedLine([pruned], tense));
    return 0;
  },
};
