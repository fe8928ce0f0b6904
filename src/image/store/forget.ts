/** Rows of layers and images that nothing needs any more. Inside a writing transaction; collect.ts sweeps the disk after it. */
import type { Digest } from '../../model/image.ts';
import type { Store } from './ingest-types.ts';
import { dropNote } from './unsettled.ts';

/** A layer whose row went. */
export interface ForgottenLayer {
  chainId: Digest;
  /** Bytes of its regular files. */
  size: number;
}

/** The image's row goes, with its names. Its layers are left to `forgetLayers`. */
export function forgetImage(store: Store, id: Digest): void {
  store.database.prepare('DELETE FROM images WHERE id = ?').run(id);
}

/** The image is gone for everyone but the containers made from it: it loses its names, and is listed nowhere. */
export function hideImage(store: Store, id: Digest): void {
  store.database.prepare('DELETE FROM image_names WHERE image_id = ?').run(id);
  store.database.prepare('UPDATE images SET hidden = 1 WHERE id = ?').run(id);
}

/**
 * Forget the layers of a chain that nobody needs, from the top down: no image, no upper layer, no image that comes in.
 * @param chain chain IDs from the bottom up
 */
export function forgetLayers(store: Store, chain: readonly Digest[], held: ReadonlySet<Digest>): ForgottenLayer[] {
  const remove = store.database.prepare(
    `DELETE FROM layers WHERE chain_id = ?
       AND NOT EXISTS (SELECT 1 FROM image_layers WHERE image_layers.chain_id = layers.chain_id)
       AND NOT EXISTS (SELECT 1 FROM layers AS upper WHERE upper.parent = layers.chain_id)
     RETURNING size`,
  );
  const gone: ForgottenLayer[] = [];
  for (const chainId of chain.toReversed()) {
    const row = held.has(chainId) ? undefined : remove.get(chainId);
    // What is needed stands on all that is below it.
    if (row === undefined) break;
    dropNote(store, chainId);
    gone.push({ chainId, size: Number(row['size']) });
  }
  return gone;
}

/** Forget images that were kept for containers that are gone, and every layer that nobody needs. */
export function forgetUnneeded(store: Store, held: ReadonlySet<Digest>): ForgottenLayer[] {
  const { database } = store;
  database.exec('DELETE FROM images WHERE hidden = 1 AND NOT EXISTS (SELECT 1 FROM containers WHERE image_id = images.id)');
  return unneededTops(store).flatMap((top) => forgetLayers(store, chainBelow(store, top), held));
}

/** Uppermost layers that no image has. */
export function unneededTops(store: Store): Digest[] {
  return store.database
    .prepare(
      `SELECT chain_id FROM layers
       WHERE NOT EXISTS (SELECT 1 FROM image_layers WHERE image_layers.chain_id = layers.chain_id)
         AND NOT EXISTS (SELECT 1 FROM layers AS upper WHERE upper.parent = layers.chain_id) ORDER BY chain_id`,
    )
    .all()
    .map((row) => row['chain_id'] as Digest);
}

/** A layer and all below it, from the bottom up. */
function chainBelow(store: Store, top: Digest): Digest[] {
  return store.database
    .prepare(
      `WITH RECURSIVE below(id, depth) AS (
         SELECT ?, 0 UNION ALL SELECT parent, depth + 1 FROM layers JOIN below ON chain_id = below.id WHERE parent IS NOT NULL)
       SELECT id FROM below ORDER BY depth DESC`,
    )
    .all(top)
    .map((row) => row['id'] as Digest);
}
