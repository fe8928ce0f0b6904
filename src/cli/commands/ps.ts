/** `tsrun ps`, `tsrun container ls`: list containers. */
import { containerSizes } from '../../engine/container-sizes.ts';
import { currentImageNames } from '../../engine/image-names.ts';
import { queryContainers } from '../../engine/list-containers.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { integer } from '../flags.ts';
import { containerListing } from '../format/containers.ts';
import { filterFlag } from '../options/filters.ts';
import { printList } from '../print-list.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'List containers',
  flags: [
    { name: 'all', short: 'a', help: 'Show all containers (default shows just running)' },
    filterFlag,
    { name: 'format', value: 'string', help: 'Format output: table, json, or a Go template' },
    { name: 'last', short: 'n', value: 'int', help: 'Show n last created containers (includes all states) (default -1)', check: integer },
    { name: 'latest', short: 'l', help: 'Show the latest created container (includes all states)' },
    { name: 'no-trunc', help: "Don't truncate output" },
    { name: 'quiet', short: 'q', help: 'Only display container IDs' },
    { name: 'size', short: 's', help: 'Display total file sizes' },
  ],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    const last = flags.flag('latest') ? 1 : (flags.integer('last') ?? -1);
    const engine = openEngine(options);
    const found = queryContainers(engine, {
      all: flags.flag('all'),
      last: last > 0 ? last : undefined,
      filters: flags.list('filter'),
    });
    let names: ReturnType<typeof currentImageNames> | undefined;
    const listing = containerListing({
      now: Date.now(),
      truncate: !flags.flag('no-trunc'),
      size: flags.flag('size'),
      imageName: (container) => (names ??= currentImageNames(engine))(container),
      sizes: (container) => containerSizes(engine, container),
    });
    await printList(listing, found, { format: flags.text('format'), quiet: flags.flag('quiet') });
    return 0;
  },
};
