/** `tsrun search`: look for images at a registry. */
import { registryOptions } from '../../image/registry/options.ts';
import { searchImages, type SearchResult } from '../../image/search/search.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { integer } from '../flags.ts';
import { formatTable } from '../format/table.ts';
import { checkFilterForm, searchFilter } from '../options/search-filters.ts';
import { writeOut } from '../output.ts';

const MOST_RESULTS = 100;
const LONGEST_DESCRIPTION = 45;

export const command: Command = {
  usage: '[OPTIONS] TERM',
  summary: 'Search a registry for images',
  flags: [
    { name: 'filter', short: 'f', value: 'filter', help: 'Filter output based on conditions provided', check: checkFilterForm },
    { name: 'format', value: 'string', help: 'Pretty-print search using a Go template', hidden: true, unsupported: true },
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
    const rows = results.map((result) => rowOf(result, !flags.flag('no-trunc')));
    writeOut(formatTable(['NAME', 'DESCRIPTION', 'STARS', 'OFFICIAL', 'AUTOMATED'], rows));
    return 0;
  },
};

function rowOf({ name, description, stars, isOfficial, isAutomated }: SearchResult, truncate: boolean): string[] {
  const characters = Array.from(description);
  const isLong = truncate && characters.length > LONGEST_DESCRIPTION;
  const shown = isLong ? `${characters.slice(0, LONGEST_DESCRIPTION - 1).join('')}…` : description;
  return [name, shown, String(stars), isOfficial ? '[OK]' : '', isAutomated ? '[OK]' : ''];
}
