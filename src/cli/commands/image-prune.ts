/** `tsrun image prune`: remove images that nothing uses. */
import { storeOf } from '../../engine/engine.ts';
import { pruneImageRows, pruneImages } from '../../engine/prune/images.ts';
import { rolledBack } from '../../engine/prune/prune.ts';
import { heldDigests } from '../../image/store/holds.ts';
import type { Command } from '../command.ts';
import { prunedImageLines } from '../format/pruned.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { prune } from '../prune.ts';

const ALL = 'WARNING! This will remove all images without at least one container associated to them.';
const DANGLING = 'WARNING! This will remove all dangling images.';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove unused images',
  flags: [{ name: 'all', short: 'a', help: 'Remove all unused images, not just dangling ones' }, ...pruneFlags('until=<timestamp>')],
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const filter = readPruneFilter(flags, ['dangling', 'label', 'label!', 'until']);
    const all = flags.flag('all') || filter.labels.boolean('dangling') === false;
    const wanted = { all, filter };
    return prune(options, flags, {
      kind: 'Images',
      warning: all ? ALL : DANGLING,
      remove: (engine) => pruneImages(engine, wanted),
      look: (engine) => rolledBack(engine.database(), () => pruneImageRows(engine, wanted, heldDigests(storeOf(engine)))),
      lines: ({ records }) => prunedImageLines(records),
    });
  },
};
