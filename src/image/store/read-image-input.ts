/** Check that a manifest and a config are what they claim, and fit each other. */
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest, ImageConfig } from '../../model/image.ts';
import { parseManifest } from '../registry/manifest.ts';
import { digestOf } from './blobs.ts';
import { parseImageConfig } from './image-config.ts';

export interface ImageInput {
  manifestDigest: Digest;
  /** Digest of the config: the image's ID. */
  id: Digest;
  config: ImageConfig;
  /** From the bottom up, as many as the config has diff IDs. */
  layers: Descriptor[];
}

/**
 * @throws TsrunError CORRUPT, DIGEST_MISMATCH
 */
export function readImageInput(manifestBytes: Uint8Array, configBytes: Uint8Array): ImageInput {
  const manifestDigest = digestOf(manifestBytes);
  const manifest = readManifest(manifestBytes, manifestDigest);
  const id = digestOf(configBytes);
  if (manifest.config.digest !== id) {
    throw new TsrunError('DIGEST_MISMATCH', `the image's config should be ${manifest.config.digest}, but hashes to ${id}`);
  }
  const config = parseImageConfig(configBytes);
  if (manifest.layers.length !== config.rootfs.diff_ids.length) {
    throw new TsrunError(
      'CORRUPT',
      `invalid manifest, layers length mismatch: expected ${config.rootfs.diff_ids.length}, got ${manifest.layers.length}`,
    );
  }
  return { manifestDigest, id, config, layers: manifest.layers };
}

function readManifest(bytes: Uint8Array, digest: Digest): { config: Descriptor; layers: Descriptor[] } {
  try {
    const manifest = parseManifest(bytes, undefined, digest);
    if (manifest.kind === 'image') return manifest;
  } catch (error) {
    if (isTsrunError(error, 'REGISTRY')) throw new TsrunError('CORRUPT', error.message, { cause: error });
    throw error;
  }
  throw new TsrunError('CORRUPT', `${digest} is an index of images, not an image`);
}
