/** `tsrun images`, `tsrun image ls`: list images. */
import { queryImages } from '../../engine/images/list.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { imageLines, imageListing } from '../format/images.ts';
import { filterFlag } from '../options/filters.ts';
import { printList } from '../print-list.ts';

export const command: Command = {
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  flags: [
    { name: 'all', short: 'a', help: 'Show all images (default hides intermediate images)' },
    { name: 'digests', help: 'Show digests' },
    filterFlag,
    { name: 'format', value: 'string', help: 'Format output: table, json, or a Go template' },
    { name: 'no-trunc', help: "Don't truncate output" },
    { name: 'quiet', short: 'q', help: 'Only show image IDs' },
  ],
  words: { least: 0, most: 1 },
  async run({ options, flags, words }) {
    const images = queryImages(openEngine(options), { all: flags.flag('all'), filters: flags.list('filter'), pattern: words[0] });
    const format = flags.text('format');
    const digests = flags.flag('digests');
    const lines = imageLines(images, digests || format?.includes('{{.Digest}}') === true);
    const listing = imageListing({ now: Date.now(), truncate: !flags.flag('no-trunc'), digests });
    await printList(listing, lines, { format, quiet: flags.flag('quiet') });
    return 0;
  },
};
