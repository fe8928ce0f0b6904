/**
 * What comes in is held: an image on its way lists the layers and blobs that it will need, in a place in scratch whose lock
 * it holds, so that a removal beside it leaves them alone (see collect.ts). Killed, it holds nothing any more.
 *
 * The order makes it safe: the list is written first; then comes one empty writing transaction, after which no removal is
 * under way that didn't see the list; only then is it asked what is here.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { transaction } from '../../state/database.ts';
import type { Store } from './ingest-types.ts';
import { tryScratch, type Scratch } from './scratch.ts';

const PREFIX = 'ingest-';
const LIST = 'holds.json';

let ingests = 0;

/** Hold chain IDs of layers and digests of blobs until the place is released. */
export function hold(store: Store, digests: Iterable<Digest>): Scratch {
  const place = tryScratch(store.paths, `${PREFIX}${process.pid}-${++ingests}`);
  if (place === undefined) throw new TsrunError('INTERNAL', 'two images that come in have one name');
  try {
    writeFileSync(join(place.directory, LIST), JSON.stringify([...digests]));
    transaction(store.database, () => {});
    return place;
  } catch (error) {
    place.release();
    throw error;
  }
}
