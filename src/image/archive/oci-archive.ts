/** A tar of an OCI image layout: index.json names manifests, blobs/ holds all. Source: OCI image-spec 1.1, image-layout.md. */
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest } from '../../model/image.ts';
import { FULL_NAME, REFERENCE_NAME } from '../reference/annotations.ts';
import { SHA256_DIGEST } from '../reference/grammar.ts';
import { parseManifest, type ImageIndex, type ImageManifest } from '../registry/manifest.ts';
import { chooseManifest, hostPlatform } from '../registry/platform.ts';
import { digestOf } from '../store/blobs.ts';
import { ArchivedImages, blobName, fileOf, readJson, type ArchivedImage } from './archived-image.ts';
import { readWhole, type ArchiveIndex } from './outer-tar.ts';

export const OCI_INDEX_FILE = 'index.json';

/** Indexes may hold indexes. */
const DEEPEST = 4;

/** The images of an OCI archive that this host can run. @throws TsrunError CORRUPT, DIGEST_MISMATCH, UNSUPPORTED, HOSTILE */
export function readOciArchive(index: ArchiveIndex): ArchivedImage[] {
  const images = new ArchivedImages();
  const found = new Map<Digest, ArchivedImage>();
  for (const descriptor of readTop(index)) {
    const image = readImage(index, descriptor);
    const known = found.get(digestOf(image.manifest));
    if (known !== undefined) {
      known.names.push(...image.names);
      continue;
    }
    found.set(digestOf(image.manifest), image);
    images.add(image);
  }
  return images.list;
}

function readTop(index: ArchiveIndex): Descriptor[] {
  const manifests = (readJson(index, OCI_INDEX_FILE) as { manifests?: unknown } | null)?.manifests;
  const isDescriptor = (each: unknown): each is Descriptor => {
    const { digest, mediaType = '' } = (each ?? {}) as Record<string, unknown>;
    return typeof digest === 'string' && SHA256_DIGEST.test(digest) && typeof mediaType === 'string';
  };
  if (!Array.isArray(manifests) || !manifests.every(isDescriptor))
    throw new TsrunError('CORRUPT', `${OCI_INDEX_FILE} in the archive has no list of manifests`);
  return manifests;
}

function readImage(index: ArchiveIndex, top: Descriptor): ArchivedImage {
  let descriptor = top;
  const indexes: Buffer[] = [];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const bytes = readVerified(index, descriptor.digest);
    const parsed = parse(bytes, descriptor);
    if (parsed.kind === 'image') {
      const config = readVerified(index, parsed.config.digest);
      const layers = parsed.layers.map((layer) => fileOf(index, blobName(layer.digest)));
      return { manifest: bytes, indexes, config, layers, names: namesOf(top) };
    }
    indexes.push(bytes);
    const platform = hostPlatform();
    const chosen = chooseManifest(
      parsed.manifests.filter((each) => index.has(blobName(each.digest))),
      platform,
    );
    if (chosen === undefined) {
      throw new TsrunError('UNSUPPORTED', `no image in the archive is for ${platform.os}/${platform.architecture}`, { path: top.digest });
    }
    descriptor = chosen;
  }
  throw new TsrunError('CORRUPT', `indexes in the archive are nested deeper than ${DEEPEST}`);
}

function parse(bytes: Buffer, descriptor: Descriptor): ImageManifest | ImageIndex {
  try {
    return parseManifest(bytes, descriptor.mediaType, descriptor.digest);
  } catch (error) {
    if (isTsrunError(error, 'REGISTRY')) throw new TsrunError('CORRUPT', error.message, { cause: error });
    throw error;
  }
}

function readVerified(index: ArchiveIndex, digest: Digest): Buffer {
  const bytes = readWhole(fileOf(index, blobName(digest)), blobName(digest));
  const actual = digestOf(bytes);
  if (actual !== digest)
    throw new TsrunError('DIGEST_MISMATCH', `${blobName(digest)} in the archive hashes to ${actual}`, { path: digest });
  return bytes;
}

function namesOf({ annotations }: { annotations?: Partial<Record<string, unknown>> }): string[] {
  const full = annotations?.[FULL_NAME];
  if (typeof full === 'string') return [full];
  const reference = annotations?.[REFERENCE_NAME];
  // A tag alone names nothing.
  return typeof reference === 'string' && /[:/]/.test(reference) ? [reference] : [];
}

/** The manifest in an archive of both forms that is of this config and these layer files; undefined: there is none. */
export function findOciManifest(index: ArchiveIndex, config: Digest, layerNames: readonly string[]): Buffer | undefined {
  if (!index.has(OCI_INDEX_FILE)) return undefined;
  try {
    for (const { digest, mediaType } of readTop(index)) {
      const bytes = readVerified(index, digest);
      const manifest = parseManifest(bytes, mediaType, digest);
      if (manifest.kind !== 'image' || manifest.config.digest !== config) continue;
      if (
        manifest.layers.length === layerNames.length &&
        manifest.layers.every((layer, position) => blobName(layer.digest) === layerNames[position])
      )
        return bytes;
    }
  } catch {
    // manifest.json is enough: whatever is wrong with the other form doesn't matter.
  }
  return undefined;
}
