/** Layers that are here: their rows and directories. */
import { createHash } from 'node:crypto';
import type { Digest } from '../../model/image.ts';
import type { Store } from './ingest-types.ts';

/** One layer on disk. */
export interface Layer {
  chainId: Digest;
  diffId: Digest;
  parent: Digest | undefined;
  /** Bytes of its regular files. */
  size: number;
  blobDigest: Digest;
  blobSize: number;
  mediaType: string;
  /** Bytes of the uncompressed tar. */
  tarSize: number;
}

/**
 * Chain IDs from diff IDs, both from the bottom up: what a layer is together with all below it.
 * Source: OCI image-spec 1.1, config.md, "Layer ChainID".
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`);
  }
  return chain;
}

export function readLayer(store: Store, chainId: Digest): Layer | undefined {
  const row = store.database
    .prepare('SELECT chain_id, diff_id, parent, size, blob_digest, blob_size, media_type, tar_size FROM layers WHERE chain_id = ?')
    .get(chainId);
  if (row === undefined) return undefined;
  return {
    chainId: row['chain_id'] as Digest,
    diffId: row['diff_id'] as Digest,
    parent: (row['parent'] ?? undefined) as Digest | undefined,
    size: Number(row['size']),
    blobDigest: row['blob_digest'] as Digest,
    blobSize: Number(row['blob_size']),
    mediaType: String(row['media_type']),
    tarSize: Number(row['tar_size']),
  };
}

export function hasLayer(store: Store, chainId: Digest): boolean {
  return store.database.prepare('SELECT 1 FROM layers WHERE chain_id = ?').get(chainId) !== undefined;
}

/** Record a layer whose directory is in place. Call it in a transaction. */
export function insertLayer(store: Store, layer: Layer): void {
  store.database
    .prepare(
      `INSERT OR IGNORE INTO layers (chain_id, diff_id, parent, size, blob_digest, blob_size, media_type, tar_size)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(layer.chainId, layer.diffId, layer.parent ?? null, layer.size, layer.blobDigest, layer.blobSize, layer.mediaType, layer.tarSize);
}
