/** `tsrun import`: the tar of a file system becomes an image of one layer. Source: moby, daemon/images/image_import.go. */
import { TsrunError } from '../../model/errors.ts';
import type { Image, ImageConfig, Platform } from '../../model/image.ts';
import { applyChanges } from '../config-change/apply.ts';
import { inflated } from '../layer/inflated.ts';
import { hostPlatform } from '../registry/platform.ts';
import { addImage, newLayerPlace, type NewLayer } from '../store/add-image.ts';
import { BlobWriter } from '../store/blob-writer.ts';
import { DEFAULT_LIMITS } from '../store/ingest.ts';
import type { Store } from '../store/ingest-types.ts';
import { LIMIT_HINT } from '../layer/limit-hint.ts';

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
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created, comment: request.message }],
    };
    return await addImage(store, config, { base: undefined, layer, names: request.name === undefined ? [] : [request.name] });
  } finally {
    scratch.release();
  }
}

/** The layer is kept inflated, as those of `commit` are. */
async function keepLayer(store: Store, source: AsyncIterable<Uint8Array>, path: string): Promise<NewLayer> {
  const limit = store.limits?.maxBytes ?? DEFAULT_LIMITS.maxBytes;
  const writer = new BlobWriter(path);
  try {
    for await (const chunk of inflated(source)) {
      if (writer.written + chunk.length > limit)
        throw new TsrunError('HOSTILE', `the archive inflates to more than ${limit} bytes: a decompression bomb?`, { hint: LIMIT_HINT });
      writer.write(chunk);
    }
    const { written } = writer;
    const digest = await writer.finishAnew();
    return { path, digest, size: written };
  } finally {
    await writer.close();
  }
}
