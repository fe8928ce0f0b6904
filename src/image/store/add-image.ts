/** An image that was made here, not pulled: a config, and at most one layer on top of an image that is here. */
import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest, Image, ImageConfig } from '../../model/image.ts';
import { layerCompression, ociLayerType } from '../registry/media-types.ts';
import { parseReference } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import { spaceError } from './blobs.ts';
import { recordImageEvent } from './image-events.ts';
import { beginIngest } from './ingest.ts';
import type { Store } from './ingest-types.ts';
import { writeManifest } from './keep-manifest.ts';
import { readLayer } from './layers.ts';
import { ownScratch, type Scratch } from '../../state/scratch.ts';

/** A layer's tar, or that compressed with gzip. */
export interface NewLayer {
  /** In scratch; it becomes the blob. */
  path: string;
  digest: Digest;
  size: number;
  /** The tar's digest: the same as the file's where it isn't compressed. */
  diffId: Digest;
}

let made = 0;

/** A place in scratch with a file `layer` to be written. Release it when the image is there. */
export function newLayerPlace(store: Store): { scratch: Scratch; path: string } {
  const scratch = ownScratch(store.paths, `new-${process.pid}-${++made}`);
  return { scratch, path: join(scratch.directory, 'layer') };
}

/** Open a new layer's file, for writing; `closeLayerFile` makes it durable. */
export function openLayerFile(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
}

/** @throws TsrunError NO_SPACE */
export function closeLayerFile(fd: number): void {
  try {
    fsyncSync(fd);
  } catch (error) {
    throw spaceError(error) ?? error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Record an image. `config` has the base's diff IDs, and the new layer's on top.
 * @param base the image it is made from; undefined: it is made from nothing
 * @throws TsrunError as an ingest
 */
export async function addImage(
  store: Store,
  config: ImageConfig,
  { base, layer, names }: { base: Image | undefined; layer: NewLayer | undefined; names: readonly string[] },
): Promise<Image> {
  const below = (base?.layers ?? []).map((chainId) => describeLayer(store, chainId));
  const top = layer === undefined ? [] : [describeNew(layer)];
  const bytes = Buffer.from(JSON.stringify(config));
  const manifest = writeManifest(bytes, [...below, ...top]);
  const ingest = beginIngest(store, { manifest, config: bytes, names, ...(base === undefined ? {} : { parent: base.id }) });
  try {
    if (layer !== undefined) await ingest.addLayerFile(below.length, layer.path);
    const image = await ingest.commit();
    for (const name of names) recordImageEvent(store, 'tag', image.id, familiarName(parseReference(name)), image);
    return image;
  } catch (error) {
    await ingest.abort();
    throw error;
  }
}

function describeNew({ digest, size, diffId }: NewLayer): Descriptor {
  return { mediaType: ociLayerType(digest === diffId ? undefined : 'gzip'), digest, size };
}

function describeLayer(store: Store, chainId: Digest): Descriptor {
  const row = readLayer(store, chainId);
  if (row === undefined) throw new TsrunError('NOT_FOUND', `layer ${chainId} is not here any more`, { path: chainId });
  return { mediaType: ociLayerType(layerCompression(row.mediaType)), digest: row.blobDigest, size: row.blobSize };
}
