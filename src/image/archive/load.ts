/** `tsrun load`: images of an archive come into the store. */
import { constants, fsyncSync, openSync, closeSync } from 'node:fs';
import { TsrunError } from '../../model/errors.ts';
import type { Digest, Image } from '../../model/image.ts';
import { parseReference } from '../reference/parse.ts';
import { canonicalName, familiarName } from '../reference/reference.ts';
import { digestOf } from '../store/blobs.ts';
import { parseImageConfig } from '../store/image-config.ts';
import { recordOwnEvent } from '../store/image-events.ts';
import { findImageByName } from '../store/images.ts';
import { beginIngest, DEFAULT_LIMITS } from '../store/ingest.ts';
import type { ImageIngest, IngestLayer, Store } from '../store/ingest-types.ts';
import { ownScratch } from '../../state/scratch.ts';
import type { ArchivedImage } from './archived-image.ts';
import { DOCKER_MANIFEST_FILE, readDockerArchive } from './docker-archive.ts';
import { LEGACY_FILE, readLegacyArchive } from './legacy-archive.ts';
import { OCI_INDEX_FILE, readOciArchive } from './oci-archive.ts';
import { indexArchive, streamFile, type ArchiveFile, type ArchiveIndex } from './outer-tar.ts';

/** What a load tells while it goes on; `loadLine` makes Docker's text of it. */
export type LoadEvent =
  /** `bytes` of `layer` were read; the last one is its size. */
  | { type: 'layer'; layer: IngestLayer; bytes: number }
  /** Another image had this name. */
  | { type: 'renamed'; name: string; oldId: string }
  /** `name` is familiar (`busybox:latest`); undefined: the image has none. */
  | { type: 'loaded'; image: Image; name: string | undefined };

/** An archive that is spooled may hold as much as so many of the largest layers. */
const ARCHIVE_LAYERS = 4;

/** Layers that are read at a time. */
const AT_ONCE = 2;

/**
 * Load every image of an archive: a path, or a stream (standard input), plain or compressed, docker-archive or OCI.
 * @throws TsrunError CORRUPT, DIGEST_MISMATCH, HOSTILE, NO_SPACE, NOT_FOUND, UNSUPPORTED; images that were loaded before stay.
 */
export async function loadImages(
  store: Store,
  input: string | AsyncIterable<Uint8Array>,
  listen: (event: LoadEvent) => void,
): Promise<Image[]> {
  const scratch = ownScratch(store.paths, `load-${process.pid}-${++loads}`);
  try {
    const { maxBytes } = { ...DEFAULT_LIMITS, ...store.limits };
    const index = await indexArchive(input, scratch.directory, ARCHIVE_LAYERS * maxBytes);
    const images: Image[] = [];
    for (const archived of await readArchive(index, maxBytes)) images.push(await takeIn(store, archived, listen));
    return images;
  } finally {
    scratch.release();
  }
}

let loads = 0;

async function readArchive(index: ArchiveIndex, maxBytes: number): Promise<ArchivedImage[]> {
  if (index.has(DOCKER_MANIFEST_FILE)) return readDockerArchive(index);
  if (index.has(OCI_INDEX_FILE)) return readOciArchive(index);
  if (index.has(LEGACY_FILE)) return readLegacyArchive(index, maxBytes);
  throw new TsrunError('CORRUPT', `unrecognized image format: the archive has neither ${DOCKER_MANIFEST_FILE} nor ${OCI_INDEX_FILE}`, {
    hint: 'load takes what docker save, podman save or skopeo copy write; for the tar of a file system, use tsrun import',
  });
}

async function takeIn(store: Store, archived: ArchivedImage, listen: (event: LoadEvent) => void): Promise<Image> {
  if (parseImageConfig(archived.config).os === 'windows') throw new TsrunError('UNSUPPORTED', 'cannot load windows image on linux');
  const references = archived.names.map((name) => parseReference(name));
  for (const { digest } of references) if (digest !== undefined) refuseOtherDigest(digest, archived);
  const names = references.map(canonicalName);
  const before = names.map((name) => findImageByName(store, name)?.id);
  const ingest = beginIngest(store, { ...archived, names });
  try {
    await takeInLayers(ingest, archived.layers, listen);
    const image = await ingest.commit();
    recordOwnEvent(store, 'load', image);
    for (const [index, reference] of references.entries()) {
      const oldId = before[index];
      if (oldId !== undefined && oldId !== image.id) listen({ type: 'renamed', name: familiarName(reference), oldId });
      listen({ type: 'loaded', image, name: familiarName(reference) });
    }
    if (references.length === 0) listen({ type: 'loaded', image, name: undefined });
    return image;
  } catch (error) {
    await ingest.abort();
    throw error;
  }
}

/** A name with a digest is a promise of these very bytes, which an archive could make for any others. @throws TsrunError HOSTILE */
function refuseOtherDigest(digest: Digest, { manifest, indexes = [] }: ArchivedImage): void {
  if ([manifest, ...indexes].some((bytes) => digestOf(bytes) === digest)) return;
  throw new TsrunError('HOSTILE', `invalid name in the archive: its image does not have the digest ${digest}`, {
    hint: 'do not use this archive: it gives an image the name of another one',
  });
}

/** From the bottom up, some at a time. The first failure stops all. */
async function takeInLayers(ingest: ImageIngest, files: readonly ArchiveFile[], listen: (event: LoadEvent) => void): Promise<void> {
  const waiting = ingest.layers.filter((layer) => !layer.present);
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let layer = waiting.shift(); layer !== undefined && !failed; layer = waiting.shift()) {
      try {
        await takeInLayer(ingest, layer, files[layer.index], listen);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const each of done) if (each.status === 'rejected') throw each.reason;
}

async function takeInLayer(
  ingest: ImageIngest,
  layer: IngestLayer,
  file: ArchiveFile | undefined,
  listen: (event: LoadEvent) => void,
): Promise<void> {
  if (file === undefined) throw new TsrunError('INTERNAL', `layer ${layer.index} has no file`);
  if (file.digest === layer.descriptor.digest) {
    syncFile(file.path);
    await ingest.addLayerFile(layer.index, file.path);
    listen({ type: 'layer', layer, bytes: file.size });
    return;
  }
  const sink = await ingest.beginLayer(layer.index);
  if (sink === undefined) return;
  for await (const chunk of streamFile(file)) {
    await sink.write(chunk);
    listen({ type: 'layer', layer, bytes: sink.written });
  }
  await sink.end();
}

/** A spooled file becomes a blob, and a blob is on the disk. */
function syncFile(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What `docker load` prints; undefined: nothing. */
export function loadLine(event: LoadEvent): string | undefined {
  switch (event.type) {
    case 'layer':
      return undefined;
    case 'renamed':
      return `The image ${event.name} already exists, renaming the old one with ID ${event.oldId} to empty string`;
    case 'loaded':
      return event.name === undefined ? `Loaded image ID: ${event.image.id}` : `Loaded image: ${event.name}`;
  }
}
