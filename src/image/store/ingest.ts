/** An image comes into the store: layers in parallel, made visible from the bottom up, and the image at last. */
import { createReadStream } from 'node:fs';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Image } from '../../model/image.ts';
import { commitDurably } from '../../state/database.ts';
import { blobPath, blobSize, digestOf, hexOf, putBlob, removeBlob } from './blobs.ts';
import { commitLayer } from './commit-layer.ts';
import { hold } from './holds.ts';
import { readImage, putImage, putName } from './images.ts';
import { IngestSink, type BlobSource, type PreparedLayer, type SinkOwner } from './ingest-layer.ts';
import type { ImageIngest, IngestLayer, IngestRequest, LayerLimits, LayerSink, Store } from './ingest-types.ts';
import { keepManifest, knownManifests } from './keep-manifest.ts';
import { chainIds, hasLayer, readLayer } from './layers.ts';
import { writeLayoutIndex } from './layout-index.ts';
import { readImageInput, type ImageInput } from './read-image-input.ts';
import { keepReserve } from '../../state/reserve.ts';
import { awaitScratch, type Scratch } from '../../state/scratch.ts';
import { settle } from './unsettled.ts';

export type { ImageIngest, IngestLayer, IngestRequest, LayerSink, Store } from './ingest-types.ts';

/** Far above what images hold, far below what fills a disk unseen. */
export const DEFAULT_LIMITS: LayerLimits = { maxBytes: 64 * 1024 ** 3, maxEntries: 5_000_000 };

/**
 * Begin to take in an image whose manifest and config are known.
 * @throws TsrunError CORRUPT when the manifest or config isn't one, or they don't fit each other; DIGEST_MISMATCH when the
 *   config isn't the one the manifest names.
 */
export function beginIngest(store: Store, request: IngestRequest): ImageIngest {
  const input = readImageInput(request.manifest, request.config);
  settle(store);
  keepReserve(store.paths);
  return new Ingest(store, request, input);
}

type LayerState =
  | { status: 'absent' }
  | { status: 'prepared'; prepared: PreparedLayer }
  | { status: 'committed' }
  | { status: 'failed'; error: unknown };

class Ingest implements ImageIngest, SinkOwner {
  readonly layers: readonly IngestLayer[];
  readonly #store: Store;
  readonly #request: IngestRequest;
  readonly #input: ImageInput;
  readonly #states: LayerState[];
  readonly #sinks = new Set<IngestSink>();
  readonly #hold: Scratch;
  #told = 0;
  #advancing: Promise<void> = Promise.resolve();
  #aborted = false;

  constructor(store: Store, request: IngestRequest, input: ImageInput) {
    this.#store = store;
    this.#request = request;
    this.#input = input;
    const diffIds = input.config.rootfs.diff_ids;
    const chain = chainIds(diffIds);
    const indexes = (request.indexes ?? []).map((index) => digestOf(index));
    const blobs = [input.id, input.manifestDigest, ...indexes, ...input.layers.map(({ digest }) => digest)];
    this.#hold = hold(store, [...chain, ...blobs]);
    try {
      this.layers = input.layers.map((descriptor, index) => {
        const chainId = chain[index]!;
        return { index, descriptor, diffId: diffIds[index]!, chainId, present: hasLayer(store, chainId) };
      });
    } catch (error) {
      this.#hold.release();
      throw error;
    }
    this.#states = this.layers.map((layer) => ({ status: layer.present ? 'committed' : 'absent' }));
  }

  async beginLayer(index: number): Promise<LayerSink | undefined> {
    return this.#openSink(index, { kind: 'bytes' });
  }

  async addLayerFile(index: number, path: string): Promise<void> {
    const sink = await this.#openSink(index, { kind: 'file', path });
    if (sink !== undefined) await this.#feed(sink, path);
  }

  async #openSink(index: number, blob: BlobSource): Promise<IngestSink | undefined> {
    const layer = this.layers[index];
    if (layer === undefined) throw new TsrunError('INTERNAL', `the image has no layer ${index}`);
    const isHere = (): boolean => this.#aborted || hasLayer(this.#store, layer.chainId);
    const scratch = isHere() ? undefined : await awaitScratch(this.#store.paths, `layer-${hexOf(layer.chainId)}`, isHere);
    if (this.#aborted) {
      scratch?.release();
      throw new TsrunError('INTERNAL', 'a layer was begun after the image was given up');
    }
    if (scratch === undefined) {
      this.#states[index] = { status: 'committed' };
      this.#advance();
      return undefined;
    }
    if (blobSize(this.#store.paths, layer.descriptor.digest) !== layer.descriptor.size) return this.#makeSink(layer, scratch, blob);
    // The same blob came with another image, on top of other layers.
    if (await this.#unpackOwnBlob(this.#makeSink(layer, scratch, { kind: 'stored' }))) return undefined;
    return this.#openSink(index, blob);
  }

  #makeSink(layer: IngestLayer, scratch: Scratch, blob: BlobSource): IngestSink {
    try {
      const sink = new IngestSink(layer, scratch, { ...DEFAULT_LIMITS, ...this.#store.limits, ...this.#request.limits }, blob, this);
      this.#sinks.add(sink);
      return sink;
    } catch (error) {
      scratch.release();
      throw error;
    }
  }

  async #feed(sink: IngestSink, path: string): Promise<void> {
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: 128 * 1024 })) await sink.write(chunk as Buffer);
      await sink.end();
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }

  /** False: the blob was damaged; it is gone now. */
  async #unpackOwnBlob(sink: IngestSink): Promise<boolean> {
    const { digest } = sink.layer.descriptor;
    try {
      await this.#feed(sink, blobPath(this.#store.paths, digest));
      return true;
    } catch (error) {
      if (!isTsrunError(error, 'DIGEST_MISMATCH') && !isTsrunError(error, 'CORRUPT')) throw error;
      removeBlob(this.#store.paths, digest);
      this.#states[sink.layer.index] = { status: 'absent' };
      return false;
    }
  }

  prepared(prepared: PreparedLayer): void {
    this.#states[prepared.layer.index] = { status: 'prepared', prepared };
    this.#advance();
  }

  failed(layer: IngestLayer, error: unknown): void {
    this.#states[layer.index] = { status: 'failed', error };
  }

  /** Make visible what can be: every prepared layer whose lower ones are all here. One at a time. */
  #advance(): void {
    this.#advancing = this.#advancing.then(async () => {
      for (; this.#told < this.layers.length; this.#told++) {
        const layer = this.layers[this.#told]!;
        const state = this.#states[this.#told]!;
        if (state.status === 'prepared') {
          try {
            await commitLayer(this.#store, state.prepared, this.layers[this.#told - 1]?.chainId);
            this.#states[this.#told] = { status: 'committed' };
          } catch (error) {
            this.#states[this.#told] = { status: 'failed', error };
            return;
          } finally {
            state.prepared.scratch.release();
          }
        } else if (state.status !== 'committed') return;
        this.#request.onCommitted?.(layer);
      }
    });
  }

  async commit(): Promise<Image> {
    try {
      return await this.#record();
    } finally {
      this.#hold.release();
    }
  }

  async #record(): Promise<Image> {
    this.#advance();
    await this.#advancing;
    for (const [index, state] of this.#states.entries()) {
      if (state.status === 'failed') throw state.error;
      if (state.status !== 'committed') throw new TsrunError('INTERNAL', `layer ${index} of the image never came`);
    }
    const { paths, database } = this.#store;
    const { id, config } = this.#input;
    putBlob(paths, this.#request.config);
    const recorded = commitDurably(database, () => {
      // In here: a manifest that is written anew is nobody's until it is recorded.
      const known = knownManifests(this.#store, id);
      const { manifestDigest, ociManifest, target } = keepManifest(this.#store, this.#request, this.layers, known);
      const layers = this.layers.map((layer) => layer.chainId);
      let size = 0;
      for (const chainId of layers) size += readLayer(this.#store, chainId)?.size ?? 0;
      const { parent, names } = this.#request;
      const addedAt = new Date().toISOString();
      const made = { id, manifestDigest, config, size, layers, addedAt, ...(parent === undefined ? {} : { parent }) };
      putImage(this.#store, made, ociManifest);
      for (const name of names) putName(this.#store, name, id, target);
      const image = readImage(this.#store, id);
      if (image === undefined) throw new TsrunError('INTERNAL', `image ${id} was recorded and isn't there`);
      return image;
    });
    writeLayoutIndex(this.#store);
    return recorded;
  }

  async abort(): Promise<void> {
    this.#aborted = true;
    await Promise.all([...this.#sinks].map((sink) => sink.abort()));
    await this.#advancing;
    for (const [index, state] of this.#states.entries()) {
      if (state.status !== 'prepared') continue;
      this.#states[index] = { status: 'absent' };
      state.prepared.scratch.release();
    }
    this.#hold.release();
  }
}
