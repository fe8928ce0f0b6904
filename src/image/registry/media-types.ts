/** The media types of manifests, configs and layers that an engine meets, and what each is. */

export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';

/** What we ask a registry for; without schema 1 in it, a registry doesn't convert to it. */
export const ACCEPTED_MANIFESTS: string = [OCI_INDEX, DOCKER_INDEX, OCI_MANIFEST, DOCKER_MANIFEST].join(', ');

export type ManifestKind = 'image' | 'index' | 'schema1' | 'other';

/** What a manifest of this media type is; `other` also where the type says nothing (application/json). */
export function manifestKind(mediaType: string): ManifestKind {
  switch (mediaType) {
    case DOCKER_MANIFEST:
    case OCI_MANIFEST:
      return 'image';
    case DOCKER_INDEX:
    case OCI_INDEX:
      return 'index';
    case 'application/vnd.docker.distribution.manifest.v1+json':
    case 'application/vnd.docker.distribution.manifest.v1+prettyjws':
      return 'schema1';
    default:
      return 'other';
  }
}

/** Whether a config of this type is that of an image, not of some other thing that registries also keep (charts, signatures). */
export function isImageConfig(mediaType: string): boolean {
  // Very old pushes say octet-stream; Docker takes it, too.
  return mediaType === DOCKER_CONFIG || mediaType === OCI_CONFIG || mediaType === 'application/octet-stream';
}

/** Layers: a tar, plain or compressed. The non-distributable ones are the same bytes under another licence. */
const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:diff|foreign\.diff)\.tar)(?:[.+](?:gzip|zstd))?$/;

export function isLayer(mediaType: string): boolean {
  return LAYER.test(mediaType);
}

/** `text/html; charset=utf-8` is `text/html`. */
export function withoutParameters(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** How a layer of this type is compressed; undefined: a plain tar. */
export function layerCompression(mediaType: string): 'gzip' | 'zstd' | undefined {
  return /[.+](?<kind>gzip|zstd)$/.exec(mediaType)?.groups?.['kind'] as 'gzip' | 'zstd' | undefined;
}

/** The OCI type of a layer. */
export function ociLayerType(compression: 'gzip' | 'zstd' | undefined): string {
  return `application/vnd.oci.image.layer.v1.tar${compression === undefined ? '' : `+${compression}`}`;
}

/** Whether a layer is distributed by its maker alone: registries needn't have it. */
export function isForeignLayer(mediaType: string): boolean {
  return /\.(?:foreign|nondistributable)\./.test(mediaType);
}
