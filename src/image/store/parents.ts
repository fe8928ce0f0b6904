/** Which image was made from which: by `commit` and builds, where both are here. */
import type { Digest } from '../../model/image.ts';
import type { Store } from './ingest-types.ts';

/** The image itself, and all that were made from it, from those, and so on. */
export function imagesMadeFrom(store: Store, id: Digest): Set<Digest> {
  const rows = store.database
    .prepare(
      `WITH RECURSIVE made(id) AS (SELECT ? UNION SELECT images.id FROM images JOIN made ON images.parent = made.id)
       SELECT id FROM made`,
    )
    .all(id);
  return new Set(rows.map((row) => row['id'] as Digest));
}

/** The images that another one was made from. */
export function parentImages(store: Store): Set<Digest> {
  const rows = store.database.prepare('SELECT DISTINCT parent FROM images WHERE parent IS NOT NULL').all();
  return new Set(rows.map((row) => row['parent'] as Digest));
}
