/** Printing what `format/listing.ts` makes of things. */
import { listText, type Listing, type ListOptions } from './format/listing.ts';
import { writeOut } from './output.ts';
import { isTerminal } from './terminal.ts';

const STDOUT = 1;

/** @throws as `listText` */
export async function printList<Item>(
  listing: Listing<Item>,
  items: readonly Item[],
  options: Omit<ListOptions, 'terminal'>,
): Promise<void> {
  writeOut(await listText(listing, items, { ...options, terminal: isTerminal(STDOUT) }));
}
