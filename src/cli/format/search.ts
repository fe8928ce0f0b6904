/** What a search found, as Docker lists it. */
import type { SearchResult } from '../../image/search/search.ts';
import { ellipsis } from './human.ts';
import type { Listing } from './listing.ts';

const LONGEST_DESCRIPTION = 45;

/** @param truncate whether long descriptions are cut */
export function searchListing(truncate: boolean): Listing<SearchResult> {
  const tick = (is: boolean): string => (is ? '[OK]' : '');
  return {
    type: '*formatter.searchContext',
    columns: {
      Name: { title: 'NAME', text: ({ name }) => name },
      Description: {
        title: 'DESCRIPTION',
        text: ({ description }) => (truncate ? ellipsis(description, LONGEST_DESCRIPTION) : description),
      },
      StarCount: { title: 'STARS', text: ({ stars }) => String(stars) },
      IsOfficial: { title: 'OFFICIAL', text: ({ isOfficial }) => tick(isOfficial) },
      IsAutomated: { title: 'AUTOMATED', text: ({ isAutomated }) => tick(isAutomated) },
    },
    table: ['Name', 'Description', 'StarCount', 'IsOfficial', 'IsAutomated'],
    id: 'Name',
  };
}
