/** The manifest that is pushed: the image's own where its blobs are the same, else one of the blobs that were made. Pure. */
import type { Descriptor } from '../../model/image.ts';
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  isForeignLayer,
  layerCompression,
  OCI_CONFIG,
  OCI_MANIFEST,
  ociLayerType,
  withoutParameters,
} from '../registry/media-types.ts';
import type { BlobContent } from '../registry/upload.ts';
import { writeManifest } from '../store/keep-manifest.ts';
import type { PushPlan } from './plan-push.ts';

export interface PushedManifest {
  bytes: Uint8Array;
  mediaType: string;
}

/** @param blobs what each layer is at the registry, from the bottom up */
export function pushedManifest(plan: PushPlan, blobs: readonly BlobContent[]): PushedManifest {
  const { manifest, manifestBytes } = plan;
  const isUnchanged = manifest.layers.every((layer, index) => layer.digest === blobs[index]?.digest);
  if (isUnchanged) return { bytes: manifestBytes, mediaType: ownType(plan) };
  const layers = manifest.layers.map((layer, index): Descriptor => {
    const blob = blobs[index] ?? layer;
    return blob.digest === layer.digest ? layer : { mediaType: `${layer.mediaType}+gzip`, digest: blob.digest, size: blob.size };
  });
  return isOci(plan) ? ociManifest(plan, layers) : dockerManifest(plan, layers);
}

/** A manifest needn't say what it is. */
function ownType({ manifestBytes }: PushPlan): string {
  const { mediaType } = JSON.parse(Buffer.from(manifestBytes).toString('utf8')) as { mediaType?: unknown };
  return typeof mediaType === 'string' ? withoutParameters(mediaType) : OCI_MANIFEST;
}

/**
 * Whether the image came as an OCI one, or stands on one: else it gets Docker's manifest, as from Docker. A manifest that we
 * wrote ourselves, of plain tars alone, says nothing about where it is from.
 */
function isOci(plan: PushPlan): boolean {
  const types = plan.manifest.layers.map(({ mediaType }) => mediaType);
  // Docker's manifests know gzip only.
  if (types.some((type) => type.startsWith('application/vnd.oci.') && !type.endsWith('.tar'))) return true;
  if (ownType(plan) === DOCKER_MANIFEST || types.some((type) => type.startsWith('application/vnd.docker.'))) return false;
  return !writeManifest(plan.config, plan.manifest.layers).equals(plan.manifestBytes);
}

/** The image's own one with other layers: annotations and the like stay. */
function ociManifest({ manifestBytes }: PushPlan, layers: readonly Descriptor[]): PushedManifest {
  const own = JSON.parse(Buffer.from(manifestBytes).toString('utf8')) as { config: object; layers: object[] };
  const changed = {
    ...own,
    mediaType: OCI_MANIFEST,
    config: { ...own.config, mediaType: OCI_CONFIG },
    layers: layers.map((layer, index) => ({ ...own.layers[index], ...layer, mediaType: ociType(layer.mediaType) })),
  };
  return { bytes: Buffer.from(JSON.stringify(changed)), mediaType: OCI_MANIFEST };
}

/** As Docker writes it, to the byte. Source: Docker image manifest version 2, schema 2. */
function dockerManifest({ config, manifest }: PushPlan, layers: readonly Descriptor[]): PushedManifest {
  const value = {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: { mediaType: DOCKER_CONFIG, size: config.length, digest: manifest.config.digest },
    layers: layers.map(({ mediaType, size, digest }) => ({ mediaType: dockerType(mediaType), size, digest })),
  };
  return { bytes: Buffer.from(JSON.stringify(value, undefined, 3)), mediaType: DOCKER_MANIFEST };
}

function ociType(mediaType: string): string {
  return isForeignLayer(mediaType) ? mediaType : ociLayerType(layerCompression(mediaType));
}

function dockerType(mediaType: string): string {
  if (isForeignLayer(mediaType)) return mediaType;
  const compression = layerCompression(mediaType);
  return `application/vnd.docker.image.rootfs.diff.tar${compression === undefined ? '' : `.${compression}`}`;
}
