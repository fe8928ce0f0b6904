/**
 * `tsrun save`: images as an archive that others read. A docker-archive is what `docker save` writes today: manifest.json for
 * Docker, and an OCI layout beside it; its layers are inflated, for their digests are the diff IDs. An OCI archive holds
 * layers and manifests as they came. Sources: Docker image specification v1.2; OCI image-spec 1.1, image-layout.md.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest } from '../../model/image.ts';
import { detectStored } from './stored-compression.ts';
import { FULL_NAME, REFERENCE_NAME } from '../reference/annotations.ts';
import { canonicalName, DEFAULT_TAG, familiarName, familiarRepository, type Reference } from '../reference/reference.ts';
import { OCI_INDEX, OCI_MANIFEST, ociLayerType } from '../registry/media-types.ts';
import { blobPath, digestOf, readBlob } from '../store/blobs.ts';
import { hold } from '../store/holds.ts';
import { recordOwnEvent } from '../store/image-events.ts';
import type { Store } from '../store/ingest-types.ts';
import { writeManifest } from '../store/keep-manifest.ts';
import { readLayer, type Layer } from '../store/layers.ts';
import { blobName } from './archived-image.ts';
import { DOCKER_MANIFEST_FILE } from './docker-archive.ts';
import { LEGACY_FILE } from './legacy-archive.ts';
import { OCI_INDEX_FILE } from './oci-archive.ts';
import type { ChosenImage } from './save-choice.ts';
import { ArchiveOutput, type StoredBlob } from './write-archive.ts';

export type SaveFormat = 'docker-archive' | 'oci-archive';

/** Write images into the descriptor `out`. @throws TsrunError CORRUPT, NOT_FOUND when the store has lost something of them; Node's EPIPE */
export async function saveImages(store: Store, chosen: readonly ChosenImage[], format: SaveFormat, out: number): Promise<void> {
  const images = chosen.map((each) => ({ ...each, layers: layersOf(store, each) }));
  // Nobody removes what is being read.
  const place = hold(
    store,
    images.flatMap(({ image, layers }) => [image.id, image.manifestDigest, ...image.layers, ...layers.map(({ blobDigest }) => blobDigest)]),
  );
  try {
    const save = format === 'docker-archive' ? new DockerSave(store, out) : new OciSave(store, out);
    for (const each of images) await save.image(each);
    save.finish();
    for (const { image } of images) recordOwnEvent(store, 'save', image);
  } finally {
    place.release();
  }
}

interface SavedImage extends ChosenImage {
  layers: Layer[];
}

function layersOf(store: Store, { image }: ChosenImage): Layer[] {
  return image.layers.map((chainId) => {
    const layer = readLayer(store, chainId);
    if (layer === undefined) throw new TsrunError('NOT_FOUND', `layer ${chainId} of ${image.id} is not here any more`, { path: chainId });
    return layer;
  });
}

/** What both formats have: blobs by digest, each once, and an index. */
abstract class Save {
  protected readonly store: Store;
  protected readonly output: ArchiveOutput;
  readonly #written = new Set<Digest>();
  readonly #descriptors: Descriptor[] = [];

  constructor(store: Store, out: number) {
    this.store = store;
    this.output = new ArchiveOutput(out);
  }

  abstract image(saved: SavedImage): Promise<void>;

  finish(): void {
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: this.#descriptors };
    this.output.file(OCI_INDEX_FILE, json(index), 0);
    this.output.file('oci-layout', json({ imageLayoutVersion: '1.0.0' }), 0);
    this.output.finish();
  }

  protected small(bytes: Buffer, time: number): void {
    const digest = digestOf(bytes);
    if (!this.#isNew(digest)) return;
    this.output.file(blobName(digest), bytes, time);
  }

  protected async stored(blob: StoredBlob, time: number): Promise<void> {
    if (this.#isNew(blob.digest)) await this.output.blob(blobName(blob.digest), blob, time);
  }

  /** List an image's manifest, once for each of its names. */
  protected list(manifest: Buffer, { image, references }: SavedImage): void {
    const { architecture, os, variant } = image.config;
    const mediaType = (JSON.parse(manifest.toString('utf8')) as { mediaType?: string }).mediaType ?? OCI_MANIFEST;
    const platform = { architecture, os, ...(variant === undefined ? {} : { variant }) };
    const descriptor: Descriptor = { mediaType, digest: digestOf(manifest), size: manifest.length, platform };
    if (references.length === 0) this.#descriptors.push(descriptor);
    for (const reference of references) this.#descriptors.push({ ...descriptor, annotations: annotationsOf(reference) });
  }

  #isNew(digest: Digest): boolean {
    if (this.#written.has(digest)) return false;
    this.#written.add(digest);
    return true;
  }
}

class DockerSave extends Save {
  readonly #entries: object[] = [];
  /** Tags of each repository; no objects, for a repository may be called `constructor`. */
  readonly #repositories = new Map<string, Map<string, string>>();

  async image(saved: SavedImage): Promise<void> {
    const { image, references, layers } = saved;
    const time = timeOf(saved);
    const config = readBlob(this.store.paths, image.id);
    for (const { diffId, blobDigest, tarSize } of layers) {
      const path = blobPath(this.store.paths, blobDigest);
      await this.stored({ path, compression: detectStored(path, blobDigest), size: tarSize, digest: diffId }, time);
    }
    const manifest = writeManifest(
      config,
      layers.map(({ diffId, tarSize }) => ({ mediaType: ociLayerType(undefined), digest: diffId, size: tarSize })),
    );
    this.small(config, time);
    this.small(manifest, time);
    this.list(manifest, saved);
    const tags = references.length === 0 ? null : references.map(familiarName);
    this.#entries.push({ Config: blobName(image.id), RepoTags: tags, Layers: layers.map(({ diffId }) => blobName(diffId)) });
    for (const reference of references) this.#remember(reference, layers.at(-1)?.diffId ?? image.id);
  }

  #remember(reference: Reference, top: Digest): void {
    const repository = familiarRepository(reference);
    const tags = this.#repositories.get(repository) ?? new Map<string, string>();
    this.#repositories.set(repository, tags.set(reference.tag ?? DEFAULT_TAG, top.slice('sha256:'.length)));
  }

  override finish(): void {
    this.output.file(DOCKER_MANIFEST_FILE, json(this.#entries), 0);
    const repositories = [...this.#repositories].map(([name, tags]) => [name, Object.fromEntries(tags)]);
    if (repositories.length > 0) this.output.file(LEGACY_FILE, json(Object.fromEntries(repositories)), 0);
    super.finish();
  }
}

class OciSave extends Save {
  async image(saved: SavedImage): Promise<void> {
    const { paths } = this.store;
    const time = timeOf(saved);
    for (const { blobDigest, blobSize } of saved.layers)
      await this.stored({ path: blobPath(paths, blobDigest), compression: 'none', size: blobSize, digest: blobDigest }, time);
    const manifest = readBlob(paths, saved.image.manifestDigest);
    this.small(readBlob(paths, saved.image.id), time);
    this.small(manifest, time);
    this.list(manifest, saved);
  }
}

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

function annotationsOf(reference: Reference): Record<string, string> {
  return { [FULL_NAME]: canonicalName(reference), [REFERENCE_NAME]: reference.tag ?? DEFAULT_TAG };
}

/** Seconds; the same image makes the same archive. */
function timeOf({ image }: SavedImage): number {
  return Math.max(0, Math.floor((Date.parse(image.config.created ?? '') || 0) / 1000));
}
