/** What plain tars were compressed to when they were pushed: remembered, so that the next push finds them at the registry. */
import type { Digest } from '../../model/image.ts';
import type { BlobContent } from '../registry/upload.ts';
import type { Store } from '../store/ingest-types.ts';

/** What the layer of this diff ID was compressed to; undefined: it never was. */
export function readCompressed(store: Store, diffId: Digest): BlobContent | undefined {
  const row = store.database.prepare('SELECT digest, size FROM compressed_layers WHERE diff_id = ?').get(diffId);
  return row === undefined ? undefined : { digest: row['digest'] as Digest, size: Number(row['size']) };
}

/** Durability isn't needed: what is forgotten is compressed again. */
export function rememberCompressed(store: Store, diffId: Digest, { digest, size }: BlobContent): void {
  store.database
    .prepare(
      `INSERT INTO compressed_layers (diff_id, digest, size) VALUES (?, ?, ?)
       ON CONFLICT (diff_id) DO UPDATE SET digest = excluded.digest, size = excluded.size`,
    )
    .run(diffId, digest, size);
}
