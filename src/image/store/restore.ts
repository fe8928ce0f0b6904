/** Mend images that have lost a part: out of what is left, or by forgetting them. */
import { commitDurably } from '../../state/database.ts';
import type { Digest, Image } from '../../model/image.ts';
import { TsrunError } from '../../model/errors.ts';
import { blobSize, putBlob, readBlob } from './blobs.ts';
import { removeFromStore } from './collect.ts';
import { forgetImage, forgetLayers, hideImage } from './forget.ts';
import { readImage } from './images.ts';
import { beginIngest } from './ingest.ts';
import type { Store } from './ingest-types.ts';
import { describeLayers, writeManifest } from './keep-manifest.ts';
import { readLayer } from './layers.ts';
import { writeLayoutIndex } from './layout-index.ts';

/** Forget an image that can't be whole again. Containers that were made from it keep its layers. One that is gone is fine. */
export function forgetDamagedImage(store: Store, id: Digest): void {
  removeFromStore(store, (held) => {
    const image = readImage(store, id);
    if (image === undefined) return;
    if (store.database.prepare('SELECT 1 FROM containers WHERE image_id = ? LIMIT 1').get(id) !== undefined) hideImage(store, id);
    else {
      forgetImage(store, id);
      forgetLayers(store, image.layers, held);
    }
  });
}

/**
 * Write a manifest of an image anew, of its config and its layers: its own where that is missing, else the OCI form of it. One
 * that is gone is fine.
 * @throws TsrunError NOT_FOUND when the config is missing too
 */
export function writeManifestAgain(store: Store, id: Digest): void {
  const image = readImage(store, id);
  if (image === undefined) return;
  const config = readBlob(store.paths, id);
  commitDurably(store.database, () => {
    const digest = putBlob(store.paths, writeManifest(config, describeLayers(image.layers.map((chainId) => readLayer(store, chainId)))));
    const change =
      blobSize(store.paths, image.manifestDigest) === undefined
        ? 'UPDATE images SET manifest_digest = ?, oci_manifest = NULL WHERE id = ?'
        : 'UPDATE images SET oci_manifest = ? WHERE id = ?';
    store.database.prepare(change).run(digest, id);
  });
  writeLayoutIndex(store);
}

/**
 * Layers have lost their directories: unpack their blobs again, and those on top of them. An image whose blobs aren't all
 * there is forgotten.
 */
export async function unpackAgain(store: Store, lost: readonly Digest[]): Promise<void> {
  for (const image of forgetLayersAbove(store, lost)) {
    try {
      await takeInAgain(store, image);
    } catch (error) {
      forgetDamagedImage(store, image.id);
      throw error;
    }
  }
}

/** The rows of these layers and of all on top of them go. @returns the images that had one */
function forgetLayersAbove(store: Store, lost: readonly Digest[]): Image[] {
  const { database } = store;
  const above = database.prepare(
    `WITH RECURSIVE above(id, depth) AS (SELECT ?, 0 UNION SELECT chain_id, depth + 1 FROM layers JOIN above ON layers.parent = above.id)
     SELECT id FROM above ORDER BY depth DESC`,
  );
  return commitDurably(database, () => {
    const images = new Map<Digest, Image>();
    for (const chainId of lost) {
      for (const row of above.all(chainId)) {
        const layer = row['id'] as Digest;
        for (const user of database.prepare('SELECT image_id FROM image_layers WHERE chain_id = ?').all(layer)) {
          const image = readImage(store, user['image_id'] as Digest);
          if (image !== undefined && !images.has(image.id)) images.set(image.id, image);
        }
        database.prepare('DELETE FROM image_layers WHERE image_id IN (SELECT image_id FROM image_layers WHERE chain_id = ?)').run(layer);
        database.prepare('DELETE FROM layers WHERE chain_id = ?').run(layer);
      }
    }
    return [...images.values()];
  });
}

/** As if it came again, with its names as they are. */
async function takeInAgain(store: Store, image: Image): Promise<void> {
  const isHidden = store.database.prepare('SELECT hidden FROM images WHERE id = ?').get(image.id)?.['hidden'] === 1;
  const ingest = beginIngest(store, {
    manifest: readBlob(store.paths, image.manifestDigest),
    config: readBlob(store.paths, image.id),
    names: [],
  });
  try {
    for (const { index, chainId } of ingest.layers) {
      if ((await ingest.beginLayer(index)) === undefined) continue;
      throw new TsrunError('NOT_FOUND', `the blob of layer ${chainId} is not here either: the image is forgotten`, {
        path: chainId,
        hint: 'pull or load it again',
      });
    }
    await ingest.commit();
  } catch (error) {
    await ingest.abort();
    throw error;
  }
  if (isHidden) hideImage(store, image.id);
}
