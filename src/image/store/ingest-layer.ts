/** One layer coming in: its blob is written and hashed, and unpacked at the same time. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TsrunError } from '../../model/errors.ts';
import { LayerUnpacker, type UnpackedLayer } from '../layer/unpack.ts';
import { BlobWriter } from './blob-writer.ts';
import type { IngestLayer, LayerLimits, LayerSink } from './ingest-types.ts';
import type { Scratch } from '../../state/scratch.ts';

/** A layer that is whole in its scratch place, and waits for the layers below it. */
export interface PreparedLayer {
  layer: IngestLayer;
  scratch: Scratch;
  /** The unpacked tree. */
  tree: string;
  /** The synced blob; undefined: it is in the store already. */
  blobFile: string | undefined;
  report: UnpackedLayer;
}

/** What becomes the blob: the bytes as they come, a file that holds them already (verified, synced, in scratch), or the store has it. */
export type BlobSource = { kind: 'bytes' } | { kind: 'file'; path: string } | { kind: 'stored' };

/** What the sink tells its ingest. */
export interface SinkOwner {
  prepared(layer: PreparedLayer): void;
  failed(layer: IngestLayer, error: unknown): void;
}

export class IngestSink implements LayerSink {
  readonly layer: IngestLayer;
  readonly #scratch: Scratch;
  readonly #owner: SinkOwner;
  readonly #blob: BlobWriter | undefined;
  readonly #unpacker: LayerUnpacker;
  readonly #blobFile: string | undefined;
  readonly #tree: string;
  #written = 0;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #failure: unknown;

  constructor(layer: IngestLayer, scratch: Scratch, limits: LayerLimits, blob: BlobSource, owner: SinkOwner) {
    this.layer = layer;
    this.#scratch = scratch;
    this.#owner = owner;
    this.#tree = join(scratch.directory, 'tree');
    mkdirSync(this.#tree);
    // Whatever the umask: a layer that doesn't describe its root has it so.
    chmodSync(this.#tree, 0o755);
    this.#blob = blob.kind === 'bytes' ? new BlobWriter(join(scratch.directory, 'blob')) : undefined;
    this.#blobFile = blob.kind === 'file' ? blob.path : this.#blob?.path;
    this.#unpacker = new LayerUnpacker({ directory: this.#tree, ...limits }, blob.kind === 'stored');
  }

  get written(): number {
    return this.#written;
  }

  get unpacked(): number {
    // What the inflater holds is small beside a layer.
    return this.#state === 'ended' ? this.#written : this.#unpacker.consumed;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    try {
      this.#written += chunk.length;
      if (this.#written > this.layer.descriptor.size) {
        throw new TsrunError(
          'DIGEST_MISMATCH',
          `layer ${this.layer.descriptor.digest} is longer than the ${this.layer.descriptor.size} bytes its manifest says`,
        );
      }
      this.#blob?.write(chunk);
      await this.#unpacker.write(chunk);
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
  }

  async end(): Promise<void> {
    this.#mustBeOpen();
    try {
      const { descriptor, diffId, index } = this.layer;
      if (this.#written !== descriptor.size) {
        throw new TsrunError('DIGEST_MISMATCH', `layer ${descriptor.digest} ended after ${this.#written} of ${descriptor.size} bytes`);
      }
      // Both may take long; a failure of one needn't wait for the other.
      const [report] = await Promise.all([this.#unpacker.end(), this.#blob?.finish(descriptor.digest)]);
      // A blob that isn't compressed is its own tar, and its digest was just compared.
      const actual = report.diffId ?? descriptor.digest;
      if (actual !== diffId) {
        throw new TsrunError('DIGEST_MISMATCH', `invalid diffID for layer ${index}: expected "${diffId}", got "${actual}"`, {
          path: descriptor.digest,
        });
      }
      this.#state = 'ended';
      this.#owner.prepared({ layer: this.layer, scratch: this.#scratch, tree: this.#tree, blobFile: this.#blobFile, report });
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
  }

  async abort(): Promise<void> {
    if (this.#state === 'open') await this.#fail(new TsrunError('INTERNAL', `layer ${this.layer.descriptor.digest} was given up`));
  }

  #mustBeOpen(): void {
    if (this.#state === 'failed') throw this.#failure;
    if (this.#state === 'ended') throw new TsrunError('INTERNAL', 'a layer was written to after its end');
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#failure = error;
    this.#owner.failed(this.layer, error);
    try {
      await this.#unpacker.abort();
      await this.#blob?.close();
    } finally {
      this.#scratch.release();
    }
  }
}
