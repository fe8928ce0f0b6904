/** The images that an archive holds, whatever form it has, as what the store takes in. */
import { createHash } from 'node:crypto';
import type { Descriptor, Digest, ImageConfig } from '../../model/image.ts';
import { TsrunError } from '../../model/errors.ts';
import { detectCompression, MAGIC_BYTES } from '../layer/inflate.ts';
import { ociLayerType } from '../registry/media-types.ts';
import { writeManifest } from '../store/keep-manifest.ts';
import { readWhole, streamFile, type ArchiveFile, type ArchiveIndex } from './outer-tar.ts';

export interface ArchivedImage {
  manifest: Buffer;
  /** The indexes that led to it, the outermost first. */
  indexes?: Buffer[];
  config: Buffer;
  /** Where each layer's blob is, from the bottom up. */
  layers: ArchiveFile[];
  /** As the archive has them: `busybox:latest`. */
  names: string[];
}

/** Most bytes of manifests, indexes and configs of one archive: they wait in memory, and one small file can be named for any number of images. */
const MOST_BYTES: number = 64 * 1024 * 1024;

/** The images of an archive while they are read. */
export class ArchivedImages {
  readonly list: ArchivedImage[] = [];
  #bytes = 0;

  /** @throws TsrunError HOSTILE for more than memory is there for */
  add(image: ArchivedImage): void {
    for (const { length } of [image.manifest, image.config, ...(image.indexes ?? [])]) this.#bytes += length;
    if (this.#bytes > MOST_BYTES)
      throw new TsrunError('HOSTILE', `the images of the archive are described by more than ${MOST_BYTES} bytes`);
    this.list.push(image);
  }
}

/** A file that must be there. @throws TsrunError CORRUPT in Docker's words */
export function fileOf(index: ArchiveIndex, name: string): ArchiveFile {
  const file = index.get(name);
  if (file === undefined)
    throw new TsrunError('CORRUPT', `open ${name}: no such file or directory`, {
      path: name,
      hint: 'the archive is incomplete: save the image again',
    });
  return file;
}

/** Where a blob is in an OCI layout. */
export function blobName(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** JSON of the archive. @throws TsrunError CORRUPT */
export function readJson(index: ArchiveIndex, name: string): unknown {
  try {
    return JSON.parse(readWhole(fileOf(index, name), name).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new TsrunError('CORRUPT', `${name} in the archive is not JSON: ${error.message}`, { path: name, cause: error });
    throw error;
  }
}

/** A manifest for an image that came without one. */
export async function makeManifest(
  config: Buffer,
  parsed: ImageConfig,
  layers: readonly { name: string; file: ArchiveFile }[],
): Promise<Buffer> {
  const descriptors: Descriptor[] = [];
  for (const [position, { name, file }] of layers.entries()) {
    const compression = detectCompression(await readHead(file));
    const digest = await blobDigest(name, file, compression === 'none' ? parsed.rootfs.diff_ids[position] : undefined);
    descriptors.push({ mediaType: ociLayerType(compression === 'none' ? undefined : compression), digest, size: file.size });
  }
  return writeManifest(config, descriptors);
}

/** The digest a layer's blob has, or claims to have: taking it in verifies it. `diffId` where it isn't compressed. */
async function blobDigest(name: string, file: ArchiveFile, diffId: Digest | undefined): Promise<Digest> {
  if (file.digest !== undefined) return file.digest;
  if (diffId !== undefined) return diffId;
  const named = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name);
  if (named !== null) return `sha256:${named[1] ?? ''}`;
  const hash = createHash('sha256');
  for await (const chunk of streamFile(file)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

async function readHead(file: ArchiveFile): Promise<Buffer> {
  return readWhole({ ...file, size: Math.min(file.size, MAGIC_BYTES) }, 'layer');
}
