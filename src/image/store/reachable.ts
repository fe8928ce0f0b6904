/** Which blobs something leads to. */
import { isTsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { readBlob } from './blobs.ts';
import type { Store } from './ingest-types.ts';

/** Indexes may hold indexes; nobody nests them deeper. */
const DEEPEST = 4;

/** Digests of configs, manifests, indexes and layers that rows lead to, and of what those indexes list, whether it is here or not. */
export function reachableBlobs(store: Store): Set<Digest> {
  const { database } = store;
  const reachable = new Set<Digest>();
  for (const row of database.prepare('SELECT id, manifest_digest, oci_manifest FROM images').all()) {
    reachable.add(row['id'] as Digest);
    reachable.add(row['manifest_digest'] as Digest);
    if (row['oci_manifest'] !== null) reachable.add(row['oci_manifest'] as Digest);
  }
  for (const row of database.prepare('SELECT blob_digest FROM layers').all()) reachable.add(row['blob_digest'] as Digest);
  for (const row of database.prepare('SELECT DISTINCT target FROM image_names WHERE target IS NOT NULL').all())
    addIndex(store, row['target'] as Digest, reachable, DEEPEST);
  return reachable;
}

function addIndex(store: Store, digest: Digest, reachable: Set<Digest>, depth: number): void {
  reachable.add(digest);
  if (depth === 0) return;
  for (const { digest: each, isIndex } of entriesOf(store, digest)) {
    if (isIndex) addIndex(store, each, reachable, depth - 1);
    else reachable.add(each);
  }
}

function entriesOf(store: Store, index: Digest): { digest: Digest; isIndex: boolean }[] {
  try {
    const { manifests } = JSON.parse(readBlob(store.paths, index).toString('utf8')) as {
      manifests?: { digest: Digest; mediaType?: string }[];
    };
    return (manifests ?? []).map(({ digest, mediaType }) => ({ digest, isIndex: /index|manifest\.list/.test(mediaType ?? '') }));
  } catch (error) {
    // Missing, or damaged: it leads nowhere, and tsrun doctor tells of it.
    if (isTsrunError(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}
