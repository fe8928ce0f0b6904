/** Flags that the prune commands share, and what their values mean. */
import type { PruneFilter } from '../../engine/prune/prune.ts';
import { TsrunError } from '../../model/errors.ts';
import { parseFilters } from '../../model/filters.ts';
import type { Flag, FlagValues } from '../flags.ts';
import { checkFilter } from './filters.ts';
import { parseTime } from './times.ts';

/** @param example as the help shows it */
export function pruneFlags(example: string): Flag[] {
  return [
    { name: 'dry-run', help: 'Say what would be removed, and remove nothing' },
    { name: 'filter', value: 'filter', help: `Provide filter values (e.g. '${example}')`, check: checkFilter },
    { name: 'force', short: 'f', help: 'Do not prompt for confirmation' },
  ];
}

/**
 * `--filter` of a prune.
 * @param known names of the filters that the command has
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function readPruneFilter(flags: FlagValues, known: readonly ('dangling' | 'label' | 'label!' | 'until')[]): PruneFilter {
  const labels = parseFilters(flags.list('filter'), known);
  const [until, ...more] = labels.list('until');
  if (more.length > 0) throw new TsrunError('INVALID_ARGUMENT', 'more than one until filter specified');
  return until === undefined ? { labels } : { labels, until: readTime(until) };
}

function readTime(text: string): number {
  try {
    return Number(parseTime('until', text, Date.now()) / 1_000_000n);
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', `failed to parse value as time or duration: ${JSON.stringify(text)}`, { cause: error });
  }
}
