/**
 * What comes in is held: an image on its way lists the layers and blobs that it will need, in a place in scratch whose lock
 * it holds, so that a removal beside it leaves them alone (see collect.ts). Killed, it holds nothing any more.
 *
 * The order makes it safe: the list is written first; then comes one empty writing transaction, after which no removal is
 * under way that didn't see the list; only then is it asked what is here.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrno } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { transaction } from '../../state/database.ts';
import { scratchDirectory } from '../../state/paths.ts';
import type { Store } from './ingest-types.ts';
import { ownScratch, tryScratch, type Scratch } from '../../state/scratch.ts';

const PREFIX = 'ingest-';
const LIST = 'holds.json';

let ingests = 0;

/** Hold chain IDs of layers and digests of blobs until the place is released. */
export function hold(store: Store, digests: Iterable<Digest>): Scratch {
  const place = ownScratch(store.paths, `${PREFIX}${process.pid}-${++ingests}`);
  try {
    writeFileSync(join(place.directory, LIST), JSON.stringify([...digests]));
    transaction(store.database, () => {});
    return place;
  } catch (error) {
    place.release();
    throw error;
  }
}

/** All that is held now. Call it in a writing transaction, and remove nothing that is in it before that ends. */
export function heldDigests(store: Store): Set<Digest> {
  const held = new Set<Digest>();
  for (const name of placeNames(store)) {
    if (!name.startsWith(PREFIX) || name.endsWith('.lock')) continue;
    // One whose maker is dead holds nothing; taking its lock says so, and removes it.
    const dead = tryScratch(store.paths, name);
    if (dead !== undefined) dead.release();
    else for (const digest of readList(join(scratchDirectory(store.paths), name, LIST))) held.add(digest);
  }
  return held;
}

function placeNames(store: Store): string[] {
  try {
    return readdirSync(scratchDirectory(store.paths));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function readList(path: string): Digest[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Digest[];
  } catch (error) {
    // It is being written, or was released: that one asks what is here after our transaction, or not at all.
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}
