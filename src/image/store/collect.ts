/**
 * Garbage collection by reachability. What is reachable: an image that is recorded, its layers, its manifest, its config,
 * what its names stand for, the manifests that an index among those lists; and what an image that comes in holds (holds.ts).
 *
 * A removal has two parts. First the rows go, in one transaction. Then the disk is swept: what has no row and no holder goes,
 * inside a second writing transaction, so that nothing can come in between the look and the removal. Both happen under the
 * lock of a place in scratch: who is killed leaves it, and the next command finds it free and sweeps (engine/reclaim.ts).
 */
import { mkdirSync, readdirSync, readlinkSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../kernel/native.ts';
import { stopAt } from '../../kernel/steps.ts';
import { hasErrno } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { commitDurably, transaction } from '../../state/database.ts';
import { blobsDirectory, initLayersDirectory, layersDirectory, type EnginePaths } from '../../state/paths.ts';
import { removeBlob } from './blobs.ts';
import { forgetUnneeded, type ForgottenLayer } from './forget.ts';
import { heldDigests } from './holds.ts';
import type { Store } from './ingest-types.ts';
import { writeLayoutIndex } from './layout-index.ts';
import { reachableBlobs } from './reachable.ts';
import { withReserve } from '../../state/reserve.ts';
import { ownScratch, type Scratch } from '../../state/scratch.ts';

/** A name that no killed process of the same number has left. */
const placeName = (): string => `collect-${process.pid}-${Buffer.from(native().randomBytes(4)).toString('hex')}`;

/** Whether a place in scratch, left by a killed command, means that the disk may hold what no row knows, or index.json may be old. */
export const needsRepair = (place: string): boolean => /^(?:collect|ingest|index|layer)-/.test(place);

/**
 * Remove images, names or layers.
 * @param decide removes rows, in a transaction; the digests are those that must stay because an image that comes in holds them
 * @throws what `decide` throws, and then nothing was removed
 */
export function removeFromStore<Result>(store: Store, decide: (held: ReadonlySet<Digest>) => Result): Result {
  return withReserve(store.paths, () => {
    const place = ownScratch(store.paths, placeName());
    try {
      stopAt('collect', 0);
      const result = commitDurably(store.database, () => decide(heldDigests(store)));
      stopAt('collect', 1);
      sweepDisk(store, place);
      stopAt('collect', 4);
      writeLayoutIndex(store);
      stopAt('collect', 5);
      return result;
    } finally {
      place.release();
    }
  });
}

/**
 * Remove whatever nothing needs: layers without an image, images that were kept for containers that are gone, blobs and
 * trees without a row.
 * @returns the layers that went, upper ones first
 */
export function collectGarbage(store: Store): ForgottenLayer[] {
  return removeFromStore(store, (held) => forgetUnneeded(store, held));
}

/** After a kill: make the disk agree with the rows. Removes no layer that is recorded: a pull that is tried again needs it. */
export function repairStore(store: Store): void {
  removeFromStore(store, () => {});
}

/** Remove what has no row. Trees only move away while others wait for us; removing them takes long. */
function sweepDisk(store: Store, place: Scratch): void {
  transaction(store.database, () => {
    const held = heldDigests(store);
    for (const digest of strayBlobs(store, held)) removeBlob(store.paths, digest);
    stopAt('collect', 2);
    for (const name of strayTrees(store, held)) moveAway(store, name, place);
    stopAt('collect', 3);
    removeDanglingLinks(store);
  });
}

/** Blobs that are there, reachable or not; by name alone. */
export function blobsOnDisk(paths: EnginePaths): Digest[] {
  return namesIn(join(blobsDirectory(paths), 'sha256'))
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name): Digest => `sha256:${name}`);
}

/** Blobs that nothing leads to and nobody holds. */
export function strayBlobs(store: Store, held: ReadonlySet<Digest>): Digest[] {
  const reachable = reachableBlobs(store);
  return blobsOnDisk(store.paths).filter((digest) => !reachable.has(digest) && !held.has(digest));
}

/** Directories of layers without a row and without a holder, and init layers on top of such: names in the directory of all layers. */
export function strayTrees(store: Store, held: ReadonlySet<Digest>): string[] {
  const isRecorded = store.database.prepare('SELECT 1 FROM layers WHERE chain_id = ?');
  const isStray = (name: string): boolean =>
    /^[0-9a-f]{64}$/.test(name) && !held.has(`sha256:${name}`) && isRecorded.get(`sha256:${name}`) === undefined;
  const inits = namesIn(initLayersDirectory(store.paths)).filter(isStray);
  return [...namesIn(layersDirectory(store.paths)).filter(isStray), ...inits.map((name) => `i/${name}`)];
}

function moveAway(store: Store, name: string, place: Scratch): void {
  mkdirSync(place.directory, { recursive: true });
  renameSync(join(layersDirectory(store.paths), name), join(place.directory, name.replace('/', '-')));
}

/** Short names (filesystem/overlay.ts) of layers that went. */
function removeDanglingLinks(store: Store): void {
  const directory = join(layersDirectory(store.paths), 'l');
  for (const name of namesIn(directory)) {
    const link = join(directory, name);
    if (statSync(join(directory, readlinkSync(link)), { throwIfNoEntry: false }) === undefined) unlinkSync(link);
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
