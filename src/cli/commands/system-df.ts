/** `tsrun system df`: what is on the disk, and what of it could go. */
import { diskUsage, type DiskUsage } from '../../engine/disk-usage.ts';
import type { Engine } from '../../engine/engine.ts';
import { currentImageNames } from '../../engine/image-names.ts';
import { visibleData } from '../../model/printable.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { listText } from '../format/listing.ts';
import {
  containerUsageListing,
  imageUsageLines,
  imageUsageListing,
  shownObjects,
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
  const imageList = imageUsageListing({ now, truncate: isTable, digests: false });
  const containers = usage.containers.map(({ container }) => container);
  const containerView = {
    now,
    truncate: isTable,
    size: false,
    imageName: currentImageNames(engine),
    sizes: () => ({ own: 0, whole: 0 }),
  };
  const containerList = containerUsageListing(containerView, sizesById(usage.containers));
  const volumeList = volumeUsageListing(engine.paths);
  if (!isTable) {
    const { factsTemplate } = await import('../template/inspection.ts');
    const facts = {
      Images: shownObjects(imageList, images),
      Containers: shownObjects(containerList, containers),
      Volumes: shownObjects(volumeList, usage.volumes),
      BuildCache: [],
    };
    const fill = factsTemplate(format === 'json' ? '{{json .}}' : format, { name: '', types: { '': '*formatter.diskUsageContext' } });
    return fill(isTerminal(STDOUT) ? visibleData(facts) : facts);
  }
  const table = { format: undefined, quiet: false, terminal: isTerminal(STDOUT) };
  return [
    `Images space usage:\n\n${await listText(imageList, images, table)}`,
    `Containers space usage:\n\n${await listText(containerList, containers, table)}`,
    `Local Volumes space usage:\n\n${await listText(volumeList, usage.volumes, table)}`,
    // Nothing is built here, so that nothing is kept for it.
    'Build cache usage: 0B\n\nCACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n',
  ].join('\n');
}
