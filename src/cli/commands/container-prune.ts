/** `tsrun container prune`: remove all stopped containers. */
import { pruneContainerRows, pruneContainers } from '../../engine/prune/containers.ts';
import { rolledBack } from '../../engine/prune/prune.ts';
import type { Command } from '../command.ts';
import { pruneFlags, readPruneFilter } from '../options/prune.ts';
import { prune } from '../prune.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  flags: pruneFlags('until=<timestamp>'),
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const filter = readPruneFilter(flags, ['label', 'label!', 'until']);
    return prune(options, flags, {
      kind: 'Containers',
      warning: 'WARNING! This will remove all stopped containers.',
      remove: (engine) => pruneContainers(engine, filter),
      look: (engine) => rolledBack(engine.database(), () => pruneContainerRows(engine, filter)),
      lines: ({ names }) => names,
    });
  },
};
