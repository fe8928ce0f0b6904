/** Blobs that records lead to and that aren't there. */
import { shortId } from '../../../model/short-id.ts';
import { blobSize } from '../../../image/store/blobs.ts';
import { forgetDamagedImage, writeManifestAgain } from '../../../image/store/restore.ts';
import { writeLayoutIndex } from '../../../image/store/layout-index.ts';
import type { Digest } from '../../../model/image.ts';
import { transaction } from '../../../state/database.ts';
import { storeOf, type Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

export function checkMissingBlobs(engine: Engine): Problem[] {
  const { database, paths } = storeOf(engine);
  // In a writing transaction no image is half recorded and none half removed.
  return transaction(database, () => {
    const isMissing = (digest: unknown): boolean => blobSize(paths, digest as Digest) === undefined;
    return [
      ...database
        .prepare('SELECT name, target FROM image_names WHERE target IS NOT NULL')
        .all()
        .filter((row) => isMissing(row['target']))
        .map((row) => lostIndex(engine, String(row['name']), row['target'] as Digest)),
      ...database
        .prepare('SELECT id FROM images')
        .all()
        .filter((row) => isMissing(row['id']))
        .map((row) => lostPart(engine, row['id'] as Digest, 'config', row['id'] as Digest)),
      ...database
        .prepare('SELECT DISTINCT image_layers.image_id, layers.blob_digest FROM image_layers JOIN layers USING (chain_id)')
        .all()
        .filter((row) => isMissing(row['blob_digest']))
        .map((row) => lostPart(engine, row['image_id'] as Digest, 'layer', row['blob_digest'] as Digest)),
      ...database
        .prepare(
          `SELECT id, manifest_digest AS digest FROM images
           UNION SELECT id, oci_manifest FROM images WHERE oci_manifest IS NOT NULL`,
        )
        .all()
        .filter((row) => isMissing(row['digest']))
        .map((row) => lostManifest(engine, row['id'] as Digest, row['digest'] as Digest)),
    ];
  });
}

function lostIndex(engine: Engine, name: string, digest: Digest): Problem {
  return {
    what: `the index of ${name} is missing: blob ${digest}`,
    remedy: 'the name stands for its image alone',
    mend: () => {
      engine.database().prepare('UPDATE image_names SET target = NULL WHERE name = ?').run(name);
      writeLayoutIndex(storeOf(engine));
    },
  };
}

/** Nothing else has these bytes. */
function lostPart(engine: Engine, id: Digest, what: 'config' | 'layer', digest: Digest): Problem {
  return {
    what: `the ${what} of image ${shortId(id)} is missing: blob ${digest}`,
    remedy: 'forgot the image: pull or load it again',
    mend: () => forgetDamagedImage(storeOf(engine), id),
  };
}

function lostManifest(engine: Engine, id: Digest, digest: Digest): Problem {
  return {
    what: `the manifest of image ${shortId(id)} is missing: blob ${digest}`,
    remedy: 'written anew',
    mend: () => writeManifestAgain(storeOf(engine), id),
  };
}
