/** `search --filter`: by stars, official, automated. Source: Docker's CLI and daemon. */
import type { SearchResult } from '../../image/search/search.ts';
import { TsrunError } from '../../model/errors.ts';

/**
 * What a result must be.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function searchFilter(filters: readonly string[]): (result: SearchResult) => boolean {
  const tests = filters.filter((filter) => filter !== '').map(readFilter);
  return (result) => tests.every((test) => test(result));
}

function readFilter(filter: string): (result: SearchResult) => boolean {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(filter) ?? [];
  const invalid = (shown: string): TsrunError => new TsrunError('INVALID_ARGUMENT', `Invalid filter '${name}=${shown}'`, { path: filter });
  switch (name.trim().toLowerCase()) {
    case 'stars': {
      if (!/^\d+$/.test(value)) throw invalid(value);
      return ({ stars }) => stars >= Number(value);
    }
    case 'is-official':
    case 'is-automated': {
      const wanted = ['true', '1'].includes(value) || (['false', '0'].includes(value) ? false : undefined);
      // A list, as Docker's daemon prints it.
      if (wanted === undefined) throw invalid(`[${value}]`);
      return name.endsWith('official') ? ({ isOfficial }) => isOfficial === wanted : ({ isAutomated }) => isAutomated === wanted;
    }
    default:
      throw new TsrunError('INVALID_ARGUMENT', `Invalid filter '${name}'`, { path: filter });
  }
}
