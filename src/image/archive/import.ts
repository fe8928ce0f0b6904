/** `tsrun import`: the tar of a file system becomes an image of one layer. Source: moby, daemon/images/image_import.go. */
import { createHash } from 'node:crypto';
import type { Digest, Image, ImageConfig, Platform } from '../../model/image.ts';
import { applyChanges } from '../config-change/apply.ts';
import { compressionOf, inflated, peek } from '../layer/inflated.ts';
import { hostPlatform } from '../registry/platform.ts';
import { addImage, newLayerPlace, type NewLayer } from '../store/add-image.ts';
import { BlobWriter } from '../store/blob-writer.ts';
import { DEFAULT_LIMITS } from '../store/ingest.ts';
import { recordOwnEvent } from '../store/image-events.ts';
import type { Store } from '../store/ingest-types.ts';
import { tooLarge } from '../layer/too-large.ts';

export interface ImportRequest {
  /** Dockerfile instructions. */
  changes: readonly string[];
  message: string;
  /** undefined: this machine's. */
  platform: Platform | undefined;
  /** Canonical name of the new image. */
  name: string | undefined;
}

/**
 * Make an image of a tar, compressed or not.
 * @throws TsrunError INVALID_ARGUMENT for a wrong change; CORRUPT, HOSTILE, NO_SPACE; and what `source` throws
 */
export async function importImage(store: Store, source: AsyncIterable<Uint8Array>, request: ImportRequest): Promise<Image> {
  const run = applyChanges({}, request.changes);
  const { scratch, path } = newLayerPlace(store);
  try {
    const layer = await keepLayer(store, source, path);
    const created = new Date().toISOString();
    const { os, architecture, variant } = request.platform ?? hostPlatform();
    const config: ImageConfig = {
      architecture,
      ...(variant === undefined ? {} : { variant }),
      os,
      created,
      config: run,
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [{ created, comment: request.message }],
    };
    const image = await addImage(store, config, { base: undefined, layer, names: request.name === undefined ? [] : [request.name] });
    recordOwnEvent(store, 'import', image);
    return image;
  } finally {
    scratch.release();
  }
}

/**
 * The layer is kept as it came where it is plain or gzip, which every reader of the store knows; from any other compression,
 * inflated.
 */
async function keepLayer(store: Store, source: AsyncIterable<Uint8Array>, path: string): Promise<NewLayer> {
  const limit = store.limits?.maxBytes ?? DEFAULT_LIMITS.maxBytes;
  const writer = new BlobWriter(path);
  const tar = createHash('sha256');
  try {
    const { head, whole } = await peek(source);
    const isGzip = compressionOf(head) === 'gzip';
    const write = (chunk: Uint8Array): void => writer.write(chunk);
    let inflatedBytes = 0;
    for await (const chunk of inflated(isGzip ? seen(whole, write) : whole)) {
      inflatedBytes += chunk.length;
      if (inflatedBytes > limit) throw tooLarge(`the archive inflates to more than ${limit} bytes`);
      if (isGzip) tar.update(chunk);
      else write(chunk);
    }
    const { written } = writer;
    const digest = await writer.finishAnew();
    const diffId: Digest = isGzip ? `sha256:${tar.digest('hex')}` : digest;
    return { path, digest, size: written, diffId };
  } finally {
    await writer.close();
  }
}

/** Show each piece on its way. */
async function* seen(source: AsyncIterable<Uint8Array>, look: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    look(chunk);
    yield chunk;
  }
}
