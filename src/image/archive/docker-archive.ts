/**
 * What `docker save` writes: manifest.json, a list of images, each a config, layers and names.
 * Source: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
 */
import { TsrunError } from '../../model/errors.ts';
import { cleanPath } from '../layer/layer-paths.ts';
import { digestOf } from '../store/blobs.ts';
import { parseImageConfig } from '../store/image-config.ts';
import { ArchivedImages, fileOf, makeManifest, readJson, type ArchivedImage } from './archived-image.ts';
import { findOciManifest } from './oci-archive.ts';
import { readWhole, type ArchiveIndex } from './outer-tar.ts';

export const DOCKER_MANIFEST_FILE = 'manifest.json';

interface Entry {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

/** The images of a docker-archive. @throws TsrunError CORRUPT, HOSTILE */
export async function readDockerArchive(index: ArchiveIndex): Promise<ArchivedImage[]> {
  const images = new ArchivedImages();
  for (const entry of readEntries(readJson(index, DOCKER_MANIFEST_FILE))) images.add(await readImage(index, entry));
  return images.list;
}

async function readImage(index: ArchiveIndex, entry: Entry): Promise<ArchivedImage> {
  const config = readWhole(fileOf(index, cleanPath(entry.Config)), entry.Config);
  const parsed = parseImageConfig(config);
  const diffIds = parsed.rootfs.diff_ids;
  if (diffIds.length !== entry.Layers.length) {
    throw new TsrunError('CORRUPT', `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${entry.Layers.length}`);
  }
  const layers = entry.Layers.map((name) => ({ name: cleanPath(name), file: fileOf(index, cleanPath(name)) }));
  // Newer archives hold the image's own manifest, too: with it the image keeps the digest it has at its registry.
  const own = findOciManifest(
    index,
    digestOf(config),
    layers.map(({ name }) => name),
  );
  return {
    manifest: own ?? (await makeManifest(config, parsed, layers)),
    config,
    layers: layers.map(({ file }) => file),
    names: entry.RepoTags,
  };
}

function readEntries(value: unknown): Entry[] {
  const wrong = (what: string): TsrunError => new TsrunError('CORRUPT', `${DOCKER_MANIFEST_FILE} in the archive: ${what}`);
  if (!Array.isArray(value)) throw wrong('it is not a list of images');
  return value.map((each: unknown) => {
    const { Config, RepoTags, Layers } = (each ?? {}) as Record<string, unknown>;
    if (typeof Config !== 'string') throw wrong('an image has no Config');
    const isList = (list: unknown): list is string[] => Array.isArray(list) && list.every((item) => typeof item === 'string');
    const [tags, layers] = [RepoTags ?? [], Layers ?? []];
    if (!isList(tags) || !isList(layers)) throw wrong('RepoTags and Layers must be lists of text');
    return { Config, RepoTags: tags, Layers: layers };
  });
}
