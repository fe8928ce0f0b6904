/** `tsrun history`, `tsrun image history`: how an image came to be. */
import { imageOf } from '../../engine/images/find.ts';
import { imageHistory } from '../../image/history.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { historyListing } from '../format/images.ts';
import { printList } from '../print-list.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE',
  summary: 'Show the history of an image',
  flags: [
    { name: 'format', value: 'string', help: 'Format output: table, json, or a Go template' },
    { name: 'human', short: 'H', help: 'Print sizes and dates in human readable format (default true)' },
    { name: 'no-trunc', help: "Don't truncate output" },
    { name: 'quiet', short: 'q', help: 'Only show image IDs' },
  ],
  words: { least: 1, most: 1 },
  async run({ options, flags, words }) {
    const engine = openEngine(options);
    const store = { paths: engine.paths, database: engine.database() };
    const steps = imageHistory(store, imageOf(store, words[0] ?? ''));
    const listing = historyListing({ now: Date.now(), truncate: !flags.flag('no-trunc'), human: flags.flag('human', true) });
    await printList(listing, steps, { format: flags.text('format'), quiet: flags.flag('quiet') });
    return 0;
  },
};
