/** Images for registries in tests: manifests, configs and layers from a few words, put into a fake registry. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Digest } from '../../src/model/image.ts';
import { digestOf, type Content, type FakeRegistry } from './registry-fake.ts';

export const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};
export const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar',
};

type Compression = 'gzip' | 'zstd' | 'none';

export interface ImageOptions {
  kind?: typeof OCI;
  compression?: Compression;
  architecture?: string;
  os?: string;
  variant?: string;
}

export interface FakeImage {
  manifest: Content;
  manifestDigest: Digest;
  config: Buffer;
  configDigest: Digest;
  /** Blobs as a registry has them, from the bottom up. */
  layers: { digest: Digest; bytes: Buffer; diffId: Digest }[];
}

/** An image whose layers are these tars. */
export function makeImage(tars: readonly Buffer[], options: ImageOptions = {}): FakeImage {
  const kind = options.kind ?? OCI;
  const compression = options.compression ?? 'gzip';
  const layers = tars.map((tar) => {
    const bytes = compress(tar, compression);
    return { digest: digestOf(bytes), bytes, diffId: digestOf(tar) };
  });
  const config = Buffer.from(
    JSON.stringify({
      architecture: options.architecture ?? 'amd64',
      os: options.os ?? 'linux',
      ...(options.variant === undefined ? {} : { variant: options.variant }),
      config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const layerType = `${kind.layer}${{ gzip: kind === OCI ? '+gzip' : '.gzip', zstd: kind === OCI ? '+zstd' : '.zstd', none: '' }[compression]}`;
  const manifest = contentOf(kind.manifest, {
    schemaVersion: 2,
    mediaType: kind.manifest,
    config: { mediaType: kind.config, digest: digestOf(config), size: config.length },
    layers: layers.map(({ digest, bytes }) => ({ mediaType: layerType, digest, size: bytes.length })),
  });
  return { manifest, manifestDigest: digestOf(manifest.bytes), config, configDigest: digestOf(config), layers };
}

/** JSON with a media type. */
function contentOf(type: string, value: unknown): Content {
  return { type, bytes: Buffer.from(JSON.stringify(value, undefined, 2)) };
}

export interface IndexEntry {
  image: FakeImage;
  platform?: { os: string; architecture: string; variant?: string };
}

/** An index of images. */
export function makeIndex(entries: readonly IndexEntry[], kind: typeof OCI = OCI): Content {
  const manifests = entries.map(({ image, platform }) => ({
    mediaType: image.manifest.type,
    digest: image.manifestDigest,
    size: image.manifest.bytes.length,
    ...(platform === undefined ? {} : { platform }),
  }));
  return contentOf(kind.index, { schemaVersion: 2, mediaType: kind.index, manifests });
}

/** Put an image's manifest (by digest, and by tag where one is given) and blobs into a registry. */
export function putImage(registry: FakeRegistry, repository: string, image: FakeImage, tag?: string): void {
  registry.put(`${repository}/manifests/${image.manifestDigest}`, image.manifest);
  if (tag !== undefined) registry.put(`${repository}/manifests/${tag}`, image.manifest);
  registry.put(`${repository}/blobs/${image.configDigest}`, { type: 'application/octet-stream', bytes: image.config });
  for (const { digest, bytes } of image.layers) registry.put(`${repository}/blobs/${digest}`, { type: 'application/octet-stream', bytes });
}

/** A layer's tar with these files: path to content. */
export function makeTar(files: Record<string, string | Buffer>): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-layer-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    const words = ['--create', '--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '--numeric-owner', '-C', directory, '.'];
    return execFileSync('tar', words, { maxBuffer: 1 << 28 });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function compress(tar: Buffer, compression: Compression): Buffer {
  if (compression === 'none') return tar;
  return compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar);
}
