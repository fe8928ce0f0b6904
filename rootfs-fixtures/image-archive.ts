/**
 * Write an image as one tar that is both a docker-archive (`manifest.json`) and an OCI layout (`index.json`), as
 * `docker save` has written it since version 25. Layers are plain tars made by GNU tar, with names in order and one
 * time for all, so that the same tree gives the same digests.
 */
import { createHash } from 'node:crypto';
import { closeSync, copyFileSync, linkSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRunConfig } from '../src/model/image.ts';
import { run } from './recipe.ts';

/** When every fixture was made, so that they are the same every time. */
const CREATED = '2026-01-01T00:00:00Z';

/** An image as a recipe gives it. */
export interface FixtureImage {
  config: ImageRunConfig;
  /** Layer tars from the bottom up. */
  layers: readonly string[];
}

/** Make a layer tar at `path` of the tree in `directory`: owners, modes, hard links, extended attributes and holes are kept. */
export function writeLayer(path: string, directory: string, ...more: string[]): string {
  run(
    'tar', '--create', `--file=${path}`, `--directory=${directory}`, '--format=posix', '--sort=name', `--mtime=${CREATED}`,
    '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime', '--numeric-owner', '--xattrs', '--xattrs-include=*',
    '--sparse', ...more, '--transform=flags=rSH;s,^\\./,,', '.',
  ); // prettier-ignore
  return path;
}

interface Blob {
  mediaType: string;
  digest: `sha256:${string}`;
  size: number;
}

const hexOf = (blob: Blob): string => blob.digest.slice('sha256:'.length);
const blobPath = (blob: Blob): string => `blobs/sha256/${hexOf(blob)}`;

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** Write `image` under the name `tag` to the tar `path`. `scratch` is an empty directory on the same disk as the layers. */
export function writeImageArchive(path: string, scratch: string, tag: string, image: FixtureImage): void {
  mkdirSync(join(scratch, 'blobs/sha256'), { recursive: true });
  const layers = image.layers.map((file) => addFile(scratch, file));
  const config = addJson(scratch, 'application/vnd.oci.image.config.v1+json', {
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    created: CREATED,
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created: CREATED, created_by: `rootfs-fixtures ${tag}` })),
  });
  const manifest = addJson(scratch, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers,
  });
  const [name = tag, version = 'latest'] = tag.split(':');
  const annotations = { 'io.containerd.image.name': `docker.io/library/${name}:${version}`, 'org.opencontainers.image.ref.name': version };
  writeJson(scratch, 'index.json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...manifest, annotations }],
  });
  writeJson(scratch, 'oci-layout', { imageLayoutVersion: '1.0.0' });
  writeJson(scratch, 'manifest.json', [{ Config: blobPath(config), RepoTags: [tag], Layers: layers.map(blobPath) }]);
  run(
    'tar',
    '--create',
    `--file=${path}`,
    `--directory=${scratch}`,
    '--sort=name',
    `--mtime=${CREATED}`,
    '--owner=0',
    '--group=0',
    'blobs',
    'index.json',
    'manifest.json',
    'oci-layout',
  );
}

function writeJson(scratch: string, name: string, value: unknown): void {
  writeFileSync(join(scratch, name), JSON.stringify(value));
}

function addJson(scratch: string, mediaType: string, value: unknown): Blob {
  const text = JSON.stringify(value);
  const digest = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(scratch, 'blobs/sha256', digest), text);
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
}

/** In pieces: a layer may be longer than a buffer can be. */
function hashFile(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1 << 20);
  const file = openSync(path, 'r');
  for (let read = 1; read > 0;) {
    read = readSync(file, chunk);
    hash.update(chunk.subarray(0, read));
  }
  closeSync(file);
  return hash.digest('hex');
}

function addFile(scratch: string, file: string): Blob {
  const digest = hashFile(file);
  const target = join(scratch, 'blobs/sha256', digest);
  try {
    linkSync(file, target);
  } catch {
    copyFileSync(file, target);
  }
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${digest}`, size: statSync(file).size };
}
