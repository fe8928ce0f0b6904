/**
 * What Docker older than 1.10 saved: `repositories` names images, each directory ID/ has `json`, with its parent, and
 * `layer.tar`. Source: Docker image specification v1.0.
 */
import { createHash } from 'node:crypto';
import { TsrunError } from '../../model/errors.ts';
import type { Digest, ImageConfig } from '../../model/image.ts';
import { tooLarge } from '../layer/too-large.ts';
import { detectCompression, MAGIC_BYTES } from '../layer/inflate.ts';
import { inflated } from '../layer/inflated.ts';
import { ArchivedImages, fileOf, makeManifest, readJson, type ArchivedImage } from './archived-image.ts';
import { readWhole, streamFile, type ArchiveFile, type ArchiveIndex } from './outer-tar.ts';

export const LEGACY_FILE = 'repositories';

const MOST_LAYERS = 500;

/** Unchecked, but for being an object: the config that is made of it is checked when the image comes in. */
type OldImage = Partial<ImageConfig> & { parent?: string | null };

/**
 * The images of a legacy archive.
 * @param limit most bytes that a layer may inflate to
 * @throws TsrunError CORRUPT, HOSTILE
 */
export async function readLegacyArchive(index: ArchiveIndex, limit: number): Promise<ArchivedImage[]> {
  const namesById = new Map<string, string[]>();
  for (const [repository, tags] of Object.entries((readJson(index, LEGACY_FILE) ?? {}) as Record<string, unknown>)) {
    for (const [tag, id] of Object.entries((tags ?? {}) as Record<string, unknown>)) {
      namesById.set(String(id), [...(namesById.get(String(id)) ?? []), `${repository}:${tag}`]);
    }
  }
  const images = new ArchivedImages();
  for (const [id, names] of namesById) images.add(await readImage(index, id, names, limit));
  return images.list;
}

async function readImage(index: ArchiveIndex, id: string, names: string[], limit: number): Promise<ArchivedImage> {
  const chain = readChain(index, id);
  const layers = chain.map((each) => ({ name: `${each.id}/layer.tar`, file: fileOf(index, `${each.id}/layer.tar`) }));
  const diffIds: Digest[] = [];
  for (const { file } of layers) diffIds.push(await diffId(file, limit));
  const top = chain.at(-1)?.image ?? {};
  const config: ImageConfig = {
    architecture: top.architecture ?? 'amd64',
    os: top.os ?? 'linux',
    ...(top.created === undefined ? {} : { created: top.created }),
    ...(top.config === undefined ? {} : { config: top.config }),
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
  const bytes = Buffer.from(JSON.stringify(config));
  return { manifest: await makeManifest(bytes, config, layers), config: bytes, layers: layers.map(({ file }) => file), names };
}

/** From the bottom up. */
function readChain(index: ArchiveIndex, id: string): { id: string; image: OldImage }[] {
  const chain: { id: string; image: OldImage }[] = [];
  for (let next: string | null | undefined = id; next !== undefined && next !== null && next !== '';) {
    if (!/^[0-9a-f]{64}$/.test(next) || chain.length > MOST_LAYERS)
      throw new TsrunError('CORRUPT', `invalid image ID in the archive: ${JSON.stringify(next)}`);
    const image = readJson(index, `${next}/json`) as OldImage | null;
    if (typeof image !== 'object' || image === null) throw new TsrunError('CORRUPT', `${next}/json in the archive is not an image`);
    chain.unshift({ id: next, image });
    next = image.parent;
  }
  return chain;
}

async function diffId(file: ArchiveFile, limit: number): Promise<Digest> {
  const hash = createHash('sha256');
  const compression = detectCompression(readWhole({ ...file, size: Math.min(file.size, MAGIC_BYTES) }, 'layer'));
  let size = 0;
  for await (const chunk of compression === 'none' ? streamFile(file) : inflated(streamFile(file))) {
    size += chunk.length;
    // What isn't compressed was counted with the archive.
    if (compression !== 'none' && size > limit) throw tooLarge(`a layer of the archive inflates to more than ${limit} bytes`);
    hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}
