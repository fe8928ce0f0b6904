/** `tsrun system df`: what is on the disk, and what of it could go. */
import { diskUsage, type DiskUsage } from '../../engine/disk-usage.ts';
import type { Engine } from '../../engine/engine.ts';
import { currentImageNames } from '../../engine/image-names.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { type Listing, listText, shownListing } from '../format/listing.ts';
import {
  containerUsageListing,
  imageUsageLines,
  imageUsageListing,
  sizesById,
  usageLines,
  usageListing,
  volumeUsageListing,
} from '../format/usage.ts';
import { writeOut } from '../output.ts';
import { printList } from '../print-list.ts';
import { isTerminal } from '../terminal.ts';

const STDOUT = 1;

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Show tsrun disk usage',
  flags: [
    { name: 'format', value: 'string', help: 'Format output: table, json, or a Go template' },
    { name: 'verbose', short: 'v', help: 'Show detailed information on space usage' },
  ],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    const engine = openEngine(options);
    const usage = diskUsage(engine);
    const format = flags.word('format');
    if (flags.flag('verbose')) writeOut(await detailedText(engine, usage, format));
    else await printList(usageListing, usageLines(usage), { format, quiet: false });
    return 0;
  },
};

async function detailedText(engine: Engine, usage: DiskUsage, format: string | undefined): Promise<string> {
  const isTable = format === undefined || format === 'table';
  const now = Date.now();
  const images = imageUsageLines(usage.images);
  const shown = <Item>(listing: Listing<Item>): Listing<Item> => (isTerminal(STDOUT) ? shownListing(listing) : listing);
  const imageList = shown(imageUsageListing({ now, truncate: isTable, digests: !isTable }));
  const containers = usage.containers.map(({ container }) => container);
  const containerView = {
    now,
    truncate: isTable,
    size: !isTable,
    imageName: currentImageNames(engine),
    sizes: () => ({ own: 0, whole: 0 }),
  };
  const containerList = shown(containerUsageListing(containerView, sizesById(usage.containers)));
  const volumeList = shown(volumeUsageListing(engine.paths));
  if (format === 'raw') {
    const parts = [
      listText(imageList, images, { format: rawOf('Image', imageList), quiet: false }),
      listText(containerList, containers, { format: rawOf('Container', containerList), quiet: false }),
      listText(volumeList, usage.volumes, { format: rawOf('Volume', volumeList), quiet: false }),
    ];
    return (await Promise.all(parts)).join('');
  }
  if (!isTable) {
    const [{ valueTemplate }, { listedValue }, { GoStruct }] = await Promise.all([
      import('../template/inspection.ts'),
      import('../template/list.ts'),
      import('../template/values.ts'),
    ]);
    const parts = {
      Images: () => images.map((each) => listedValue(imageList, each)),
      Containers: () => containers.map((each) => listedValue(containerList, each)),
      Volumes: () => usage.volumes.map((each) => listedValue(volumeList, each)),
      BuildCache: () => [],
    };
    const fill = valueTemplate(format === 'json' ? '{{json .}}' : format);
    return fill(new GoStruct('*formatter.diskUsageContext', new Map(Object.entries(parts))));
  }
  const table = { format: undefined, quiet: false };
  return [
    `Images space usage:\n\n${await listText(imageList, images, table)}`,
    `Containers space usage:\n\n${await listText(containerList, containers, table)}`,
    `Local Volumes space usage:\n\n${await listText(volumeList, usage.volumes, table)}`,
    // Nothing is built here, so that nothing is kept for it.
    'Build cache usage: 0B\n\nCACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n',
  ].join('\n');
}

/** `--format raw` of one kind of things among others. */
const rawOf = <Item>(type: string, { raw }: Listing<Item>): string => `type: ${type}\n${raw?.template}`;
