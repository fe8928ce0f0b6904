/** A store of its own for a test, and images made of tars for it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { beginIngest } from '../../src/image/store/ingest.ts';
import type { LayerLimits, Store } from '../../src/image/store/ingest-types.ts';
import { layerPath } from '../../src/state/paths.ts';
import type { Digest, Image } from '../../src/model/image.ts';
import { openDatabase } from '../../src/state/database.ts';

/** A store in a folder that goes with the test. */
export function openTestStore(t: ExecutionContext, folder: string = mkdtempSync(join(tmpdir(), 'tsrun-store-'))): Store {
  const paths = { root: join(folder, 'root'), state: join(folder, 'state') };
  const database = openDatabase(paths);
  t.teardown(() => {
    if (database.isOpen) database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { paths, database };
}

export const sha256 = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A layer as it is handed in: its tar, and the blob where that is compressed. */
export interface TestLayer {
  tar: Uint8Array;
  blob?: Uint8Array;
}

/** Config and manifest for layers. */
export function describeImage(layers: readonly TestLayer[], more: object = {}): { config: Buffer; manifest: Buffer } {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => sha256(layer.tar)) },
      ...more,
    }),
  );
  const descriptors = layers.map(({ tar, blob = tar }) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: sha256(blob),
    size: blob.length,
  }));
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: config.length },
    layers: descriptors,
  };
  return { config, manifest: Buffer.from(JSON.stringify(manifest)) };
}

/** Take an image in, from the bottom up, in pieces of `piece` bytes. Gives up properly where it fails. */
export async function ingestImage(
  store: Store,
  layers: readonly TestLayer[],
  options: { names?: string[]; piece?: number; limits?: Partial<LayerLimits> } = {},
): Promise<Image> {
  const ingest = beginIngest(store, {
    ...describeImage(layers),
    names: options.names ?? [],
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  try {
    for (const layer of ingest.layers) {
      const sink = await ingest.beginLayer(layer.index);
      if (sink === undefined) continue;
      const given = layers[layer.index];
      const bytes = given?.blob ?? given?.tar ?? new Uint8Array(0);
      const piece = options.piece ?? 65_536;
      for (let at = 0; at < bytes.length; at += piece) await sink.write(bytes.subarray(at, at + piece));
      await sink.end();
    }
    return await ingest.commit();
  } catch (error) {
    await ingest.abort();
    throw error;
  }
}

/** The directory of an image's layer; the uppermost one where no index is given. */
export function treeOf(store: Store, image: Image, index: number = image.layers.length - 1): string {
  const chainId = image.layers[index];
  if (chainId === undefined) throw new Error(`no layer ${index}`);
  return layerPath(store.paths, chainId);
}
