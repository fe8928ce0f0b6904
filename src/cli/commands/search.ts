/** `tsrun search`: look for images at a registry. */
import { registryOptions } from '../../image/registry/options.ts';
import { searchImages } from '../../image/search/search.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { integer } from '../flags.ts';
import { searchListing } from '../format/search.ts';
import { filterFlag } from '../options/filters.ts';
import { searchFilter } from '../options/search-filters.ts';
import { printList } from '../print-list.ts';

const MOST_RESULTS = 100;

export const command: Command = {
  usage: '[OPTIONS] TERM',
  summary: 'Search a registry for images',
  flags: [
    filterFlag,
    { name: 'format', value: 'string', help: 'Pretty-print search using a Go template' },
    { name: 'limit', value: 'int', help: 'Max number of search results (default 25)', check: integer },
    { name: 'no-trunc', help: "Don't truncate output" },
  ],
  words: { least: 1, most: 1 },
  async run({ options, flags, words }) {
    const isWanted = searchFilter(flags.list('filter'));
    const limit = flags.integer('limit') ?? 25;
    if (limit < 1 || limit > MOST_RESULTS)
      throw new TsrunError('INVALID_ARGUMENT', `Limit ${limit} is outside the range of [1, ${MOST_RESULTS}]`);
    const registry = registryOptions({ insecureRegistries: options.insecureRegistries });
    const results = (await searchImages(words[0] ?? '', limit, registry)).filter(isWanted);
    const listing = searchListing(!flags.flag('no-trunc'));
    await printList(listing, results, { format: flags.text('format'), quiet: false });
    return 0;
  },
};
