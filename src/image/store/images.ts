/** Images that are here: find, list, name. Nothing here needs node:crypto: `run` reads images on its start path. */
import { TsrunError } from '../../model/errors.ts';
import type { Digest, Image, ImageConfig } from '../../model/image.ts';
import type { Store } from './ingest-types.ts';

const COLUMNS = 'images.id, images.manifest_digest, images.config, images.size, images.added_at, images.parent';

/** The image with this whole ID, also one that is only kept for its containers; undefined when it isn't here. */
export function readImage(store: Store, id: Digest): Image | undefined {
  const row = store.database.prepare(`SELECT ${COLUMNS} FROM images WHERE id = ?`).get(id);
  return row === undefined ? undefined : toImage(store, row);
}

/** The image with this canonical name (with tag or digest). */
export function findImageByName(store: Store, canonicalName: string): Image | undefined {
  const row = store.database
    .prepare(`SELECT ${COLUMNS} FROM image_names JOIN images ON images.id = image_names.image_id WHERE name = ?`)
    .get(canonicalName);
  return row === undefined ? undefined : toImage(store, row);
}

/**
 * The image whose ID is, or begins with, `text` (hex digits, with or without `sha256:`).
 * @throws TsrunError CONFLICT when several begin so.
 */
export function findImageById(store: Store, text: string): Image | undefined {
  const hex = text.startsWith('sha256:') ? text.slice('sha256:'.length) : text;
  if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
  // A range uses the key's index; the digits end before 'g'.
  const rows = store.database
    .prepare(`SELECT ${COLUMNS} FROM images WHERE id >= ? AND id < ? AND hidden = 0 LIMIT 2`)
    .all(`sha256:${hex}`, `sha256:${hex}g`);
  if (rows.length > 1) {
    throw new TsrunError('CONFLICT', `ambiguous image ID prefix: ${text}`, { path: text, hint: 'give more digits of the ID' });
  }
  return rows[0] === undefined ? undefined : toImage(store, rows[0]);
}

/** All images, newest first, each with its canonical names, sorted. */
export function listImages(store: Store): { image: Image; names: string[] }[] {
  const names = new Map<string, string[]>();
  for (const row of store.database.prepare('SELECT image_id, name FROM image_names ORDER BY name').all()) {
    const id = String(row['image_id']);
    names.set(id, [...(names.get(id) ?? []), String(row['name'])]);
  }
  const images = store.database
    .prepare(`SELECT ${COLUMNS} FROM images WHERE hidden = 0`)
    .all()
    .map((row) => ({ image: toImage(store, row), names: names.get(String(row['id'])) ?? [] }));
  // As Docker: by the time the image was made.
  const madeAt = (image: Image): number => Date.parse(image.config.created ?? '') || 0;
  return images.toSorted((left, right) => madeAt(right.image) - madeAt(left.image) || (left.image.id < right.image.id ? -1 : 1));
}

/** Canonical names of one image, sorted. */
export function imageNames(store: Store, id: Digest): string[] {
  return store.database
    .prepare('SELECT name FROM image_names WHERE image_id = ? ORDER BY name')
    .all(id)
    .map((row) => String(row['name']));
}

/**
 * Give an image one more name, taking it from another image that has it. Inside a transaction.
 * @param target digest of the index that the name stands for, where the image came by one
 */
export function putName(store: Store, canonicalName: string, id: Digest, target?: Digest): void {
  store.database
    .prepare(
      `INSERT INTO image_names (name, image_id, target) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id, target = excluded.target`,
    )
    .run(canonicalName, id, target ?? null);
}

/**
 * Record an image whose layers are all recorded, inside a transaction. One that is here gets its new manifest.
 * @param ociManifest digest of the same as an OCI manifest, where the image's is Docker's
 */
export function putImage(store: Store, image: Image, ociManifest: Digest | undefined): void {
  const { database } = store;
  database
    .prepare(
      `INSERT INTO images (id, manifest_digest, oci_manifest, config, size, added_at, parent) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET manifest_digest = excluded.manifest_digest, oci_manifest = excluded.oci_manifest, hidden = 0`,
    )
    .run(
      image.id,
      image.manifestDigest,
      ociManifest ?? null,
      JSON.stringify(image.config),
      image.size,
      image.addedAt,
      image.parent ?? null,
    );
  const insert = database.prepare('INSERT OR IGNORE INTO image_layers (image_id, position, chain_id) VALUES (?, ?, ?)');
  image.layers.forEach((chainId, position) => insert.run(image.id, position, chainId));
}

function toImage(store: Store, row: Record<string, unknown>): Image {
  const id = row['id'] as Digest;
  return {
    id,
    manifestDigest: row['manifest_digest'] as Digest,
    config: JSON.parse(String(row['config'])) as ImageConfig,
    size: Number(row['size']),
    layers: store.database
      .prepare('SELECT chain_id FROM image_layers WHERE image_id = ? ORDER BY position')
      .all(id)
      .map((each) => each['chain_id'] as Digest),
    addedAt: String(row['added_at']),
    ...(row['parent'] === null ? {} : { parent: row['parent'] as Digest }),
  };
}
