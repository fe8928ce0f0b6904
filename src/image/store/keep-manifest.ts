/**
 * The manifest of an image that comes in becomes a blob, and the indexes that led to it. The store is an OCI layout, so a
 * manifest in it names only blobs that are here. One that names others (a layer was here already, from another image that
 * has it compressed in another way) is written anew, of what is here.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest } from '../../model/image.ts';
import { layerCompression, OCI_CONFIG, OCI_MANIFEST, ociLayerType } from '../registry/media-types.ts';
import { digestOf, putBlob } from './blobs.ts';
import type { IngestLayer, IngestRequest, Store } from './ingest-types.ts';
import { readLayer, type Layer } from './layers.ts';

export interface KeptManifest {
  /** Of a manifest all whose blobs are here. */
  manifestDigest: Digest;
  /** Of the same as an OCI manifest, where that one is Docker's: OCI tools look for nothing else in an index.json. */
  ociManifest: Digest | undefined;
  /** Of the outermost index, where it leads to that manifest. */
  target: Digest | undefined;
}

/**
 * Keep the manifest of an image all whose layers are recorded.
 * @param known the manifests that an image of this ID has here already
 * @throws TsrunError NO_SPACE
 */
export function keepManifest(
  store: Store,
  request: Pick<IngestRequest, 'manifest' | 'config' | 'indexes'>,
  layers: readonly IngestLayer[],
  known: Omit<KeptManifest, 'target'> | undefined,
): KeptManifest {
  const rows = layers.map((layer) => readLayer(store, layer.chainId));
  if (rows.every((row, index) => row?.blobDigest === layers[index]?.descriptor.digest)) {
    const manifestDigest = putBlob(store.paths, request.manifest);
    const [target] = (request.indexes ?? []).map((index) => putBlob(store.paths, index));
    const ociManifest = isOci(request.manifest) ? undefined : putBlob(store.paths, writeManifest(request.config, describeLayers(rows)));
    return { manifestDigest, ociManifest, target };
  }
  if (known !== undefined) return { ...known, target: undefined };
  return {
    manifestDigest: putBlob(store.paths, writeManifest(request.config, describeLayers(rows))),
    ociManifest: undefined,
    target: undefined,
  };
}

/** Layers as they are here. @throws TsrunError CORRUPT where one isn't */
export function describeLayers(rows: readonly (Layer | undefined)[]): Descriptor[] {
  return rows.map((row) => {
    if (row === undefined) throw new TsrunError('CORRUPT', 'an image has a layer that is not recorded', { hint: 'tsrun doctor --fix' });
    return { mediaType: ociLayerType(layerCompression(row.mediaType)), digest: row.blobDigest, size: row.blobSize };
  });
}

/** Docker's always say what they are. */
function isOci(manifest: Uint8Array): boolean {
  const { mediaType } = JSON.parse(new TextDecoder().decode(manifest)) as { mediaType?: unknown };
  return mediaType === undefined || mediaType === OCI_MANIFEST;
}

/** The manifests of an image that is here. */
export function knownManifests(store: Store, id: Digest): Omit<KeptManifest, 'target'> | undefined {
  const row = store.database.prepare('SELECT manifest_digest, oci_manifest FROM images WHERE id = ?').get(id);
  if (row === undefined) return undefined;
  return { manifestDigest: row['manifest_digest'] as Digest, ociManifest: (row['oci_manifest'] ?? undefined) as Digest | undefined };
}

/** An OCI manifest's bytes. Source: OCI image-spec 1.1, manifest.md. */
export function writeManifest(config: Uint8Array, layers: readonly Descriptor[]): Buffer {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.length },
    layers,
  };
  return Buffer.from(JSON.stringify(manifest));
}
