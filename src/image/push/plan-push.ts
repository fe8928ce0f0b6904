/**
 * What a push of one image consists of. An image goes as it came: the same manifest, the same digest. One whose layers are
 * plain tars, because it was made here or loaded from an archive, gets gzip blobs and a manifest of them.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest, Image } from '../../model/image.ts';
import type { Reference } from '../reference/reference.ts';
import { parseManifest, type ImageManifest } from '../registry/manifest.ts';
import { isForeignLayer } from '../registry/media-types.ts';
import type { BlobContent } from '../registry/upload.ts';
import { blobPath, readBlob } from '../store/blobs.ts';
import type { Store } from '../store/ingest-types.ts';
import { readCompressed } from './compressed-layers.ts';

export interface PushedLayer {
  diffId: Digest;
  /** As the manifest here has it. */
  descriptor: Descriptor;
  /** Where its bytes are. */
  path: string;
  /** Whether it is compressed on its way. */
  compress: boolean;
  /** What it will be at the registry, where that is known. */
  known: BlobContent | undefined;
  /** Distributed by its maker alone: it stays where it is. */
  isForeign: boolean;
  /** Paths of other repositories of the registry that have it. */
  elsewhere: string[];
}

export interface PushPlan {
  image: Image;
  /** The image's manifest here. */
  manifest: ImageManifest;
  manifestBytes: Buffer;
  config: Buffer;
  /** From the bottom up. */
  layers: PushedLayer[];
}

/** @throws TsrunError NOT_FOUND, DIGEST_MISMATCH, CORRUPT when the store isn't whole */
export function planPush(store: Store, image: Image, reference: Reference): PushPlan {
  const manifestBytes = readBlob(store.paths, image.manifestDigest);
  const manifest = parseManifest(manifestBytes, undefined, image.id);
  if (manifest.kind !== 'image') throw new TsrunError('CORRUPT', `the manifest of ${image.id} is an index`);
  const config = readBlob(store.paths, manifest.config.digest);
  const asItCame = isFromRegistry(store, image);
  const layers = manifest.layers.map((descriptor, index): PushedLayer => {
    const diffId = image.config.rootfs.diff_ids[index];
    if (diffId === undefined) throw new TsrunError('CORRUPT', `the config of ${image.id} doesn't fit its manifest`);
    const isForeign = isForeignLayer(descriptor.mediaType);
    // Media types lie; a blob that is its own tar doesn't.
    const compress = !asItCame && !isForeign && descriptor.digest === diffId;
    return {
      diffId,
      descriptor,
      path: blobPath(store.paths, descriptor.digest),
      compress,
      known: compress ? readCompressed(store, diffId) : descriptor,
      isForeign,
      elsewhere: repositoriesWith(store, diffId, reference),
    };
  });
  return { image, manifest, manifestBytes, config, layers };
}

/** Whether some registry has the image's manifest: then even a plain tar in it is what others have, too. */
function isFromRegistry(store: Store, image: Image): boolean {
  return (
    store.database
      .prepare('SELECT 1 FROM image_names WHERE image_id = ? AND (target IS NOT NULL OR name LIKE ?)')
      .get(image.id, `%@${image.manifestDigest}`) !== undefined
  );
}

/** Mounts are tried from so many repositories at most. */
const MOST_SOURCES = 3;

/** Repositories of the reference's registry that are known to have an image with this layer: a name by digest says so. */
function repositoriesWith(store: Store, diffId: Digest, { domain, path }: Reference): string[] {
  const names = store.database
    .prepare(
      `SELECT DISTINCT image_names.name FROM image_names
       JOIN image_layers ON image_layers.image_id = image_names.image_id
       JOIN layers ON layers.chain_id = image_layers.chain_id
       WHERE layers.diff_id = ? AND image_names.name >= ? AND image_names.name < ? AND image_names.name LIKE '%@%'
       ORDER BY image_names.name`,
    )
    .all(diffId, `${domain}/`, `${domain}0`)
    .map((row) => String(row['name']).slice(domain.length + 1));
  const paths = new Set(names.map((name) => name.slice(0, name.indexOf('@'))));
  paths.delete(path);
  // The ones of the same owner first: they are the likeliest that we may read.
  const isNear = (other: string): boolean => other.split('/')[0] === path.split('/')[0];
  return [...paths].toSorted((left, right) => Number(isNear(right)) - Number(isNear(left))).slice(0, MOST_SOURCES);
}
