/**
 * The manifest of an image that comes in becomes a blob, and the indexes that led to it. The store is an OCI layout, so a
 * manifest in it names only blobs that are here. One that names others (a layer was here already, from another image that
 * has it compressed in another way) is written anew, of what is here.
 */
import type { Descriptor, Digest } from '../../model/image.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '../registry/media-types.ts';
import { digestOf, putBlob } from './blobs.ts';
import type { IngestLayer, IngestRequest, Store } from './ingest-types.ts';
import { readLayer } from './layers.ts';

export interface KeptManifest {
  /** Of a manifest all whose blobs are here. */
  manifestDigest: Digest;
  /** Of the outermost index, where it leads to that manifest. */
  target: Digest | undefined;
}

/**
 * Keep the manifest of an image all whose layers are recorded.
 * @param known the manifest that an image of this ID has here already
 * @throws TsrunError NO_SPACE
 */
export function keepManifest(
  store: Store,
  request: Pick<IngestRequest, 'manifest' | 'config' | 'indexes'>,
  layers: readonly IngestLayer[],
  known: Digest | undefined,
): KeptManifest {
  const rows = layers.map((layer) => readLayer(store, layer.chainId));
  if (rows.every((row, index) => row?.blobDigest === layers[index]?.descriptor.digest)) {
    const manifestDigest = putBlob(store.paths, request.manifest);
    const [target] = (request.indexes ?? []).map((index) => putBlob(store.paths, index));
    return { manifestDigest, target };
  }
  if (known !== undefined) return { manifestDigest: known, target: undefined };
  const descriptors = rows.map((row): Descriptor => {
    if (row === undefined) throw new Error('a manifest is kept before its layers are recorded');
    return { mediaType: ociLayerType(row.mediaType), digest: row.blobDigest, size: row.blobSize };
  });
  return { manifestDigest: putBlob(store.paths, writeManifest(request.config, descriptors)), target: undefined };
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

/** The OCI type of a layer of Docker's. */
export function ociLayerType(mediaType: string): string {
  const compression = /[.+](?<kind>gzip|zstd)$/.exec(mediaType)?.groups?.['kind'];
  return `application/vnd.oci.image.layer.v1.tar${compression === undefined ? '' : `+${compression}`}`;
}
