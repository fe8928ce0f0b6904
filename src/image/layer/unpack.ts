/**
 * Unpacks a layer while its bytes come: this thread hashes, the thread pool inflates, a worker confined to the layer's
 * directory parses and writes. At most BUFFERS × BUFFER_BYTES wait between them.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { usedBuffers } from './collect-buffers.ts';
import { createInflater, detectCompression, MAGIC_BYTES } from './inflate.ts';
import type { LayerReport } from './layer-report.ts';
import { fromPlain } from './plain-error.ts';
import type { FromWorker, ToWorker, WorkerJob } from './worker-protocol.ts';
import { tooLarge } from './too-large.ts';
import { giveBackWorker, startWorker, takeWorker } from './workers.ts';

const BUFFERS = 8;
const BUFFER_BYTES: number = 256 * 1024;

export interface UnpackedLayer extends LayerReport {
  /** Digest of the inflated tar; undefined: it wasn't compressed, and whoever gave the bytes hashes them. */
  diffId: Digest | undefined;
  /** Bytes of the inflated tar. */
  tarSize: number;
}

export class LayerUnpacker {
  /** undefined: it is done, and may have another layer. */
  #worker: Worker | undefined;
  readonly #isReusable: boolean;
  /** The directory's descriptor, until the worker needs it no more: it may be another file's then. */
  #root: number;
  readonly #hash = createHash('sha256');
  readonly #hashPlain: boolean;
  readonly #maxBytes: number;
  readonly #free: ArrayBuffer[] = [];
  #buffersMade = 0;
  #current: Uint8Array | undefined;
  #fill = 0;
  #overflow: Uint8Array[] = [];
  #head: Uint8Array | undefined = new Uint8Array(0);
  #inflater: Gunzip | ZstdDecompress | undefined;
  #inflated = 0;
  #failure: Error | undefined;
  #report: LayerReport | undefined;
  #waiters: (() => void)[] = [];

  /** Begin to unpack into the empty directory of `job`. `hashPlain`: whether bytes that aren't compressed are to be hashed. */
  constructor(job: WorkerJob, hashPlain: boolean) {
    this.#hashPlain = hashPlain;
    this.#maxBytes = job.maxBytes;
    const isCopy = job.copy !== undefined;
    this.#isReusable = !isCopy;
    this.#root = job.copy?.view === undefined ? openSync(job.directory, constants.O_RDONLY | constants.O_DIRECTORY) : -1;
    this.#worker = isCopy ? startWorker() : takeWorker();
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', (error) =>
      this.#fail(new TsrunError('INTERNAL', `the layer's worker broke: ${error.message}`, { cause: error })),
    );
    this.#worker.on('exit', () => {
      this.#closeRoot();
      this.#fail(new TsrunError('INTERNAL', "the layer's worker ended before its time"));
    });
    this.#say({ type: 'job', job, root: this.#root });
  }

  #closeRoot(): void {
    if (this.#root >= 0) closeSync(this.#root);
    this.#root = -1;
  }

  /** It is done: another layer may have it. What a copy made of it nobody else can use: it ends with `abort`, which waits for that. */
  #release(): void {
    const worker = this.#worker;
    if (worker === undefined || !this.#isReusable) return;
    this.#worker = undefined;
    this.#closeRoot();
    for (const event of ['message', 'error', 'exit'] as const) worker.removeAllListeners(event);
    giveBackWorker(worker);
  }

  /** Bytes of the blob that were inflated so far. */
  get consumed(): number {
    return this.#inflater?.bytesWritten ?? this.#inflated;
  }

  /**
   * Take the next bytes of the blob, compressed or not. Await it before the next.
   * @throws TsrunError CORRUPT, HOSTILE, NO_SPACE, UNSUPPORTED, KERNEL
   */
  async write(chunk: Uint8Array): Promise<void> {
    this.#throwIfFailed();
    if (this.#head !== undefined) {
      const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      this.#head = head;
      if (head.length < MAGIC_BYTES) return;
      await this.#begin(head);
      return;
    }
    await this.#writeOn(chunk);
  }

  async #begin(head: Uint8Array): Promise<void> {
    this.#head = undefined;
    const compression = detectCompression(head);
    if (compression !== 'none') {
      const inflater = createInflater(compression);
      inflater.on('data', (out: Buffer) => this.#take(out));
      inflater.on('error', (error) => this.#fail(inflateError(error)));
      this.#inflater = inflater;
    }
    await this.#writeOn(head);
  }

  async #writeOn(chunk: Uint8Array): Promise<void> {
    const inflater = this.#inflater;
    if (inflater !== undefined) {
      if (inflater.write(chunk)) return;
      const wake = (): void => this.#wake();
      inflater.once('drain', wake);
      await this.#until(() => !inflater.writableNeedDrain);
      inflater.off('drain', wake);
      return;
    }
    this.#take(chunk);
    await this.#until(() => this.#overflow.length === 0);
  }

  /** All bytes came. @throws as `write` */
  async end(): Promise<UnpackedLayer> {
    this.#throwIfFailed();
    if (this.#head !== undefined) await this.#begin(this.#head);
    const inflater = this.#inflater;
    if (inflater !== undefined) {
      let ended = false;
      inflater.once('end', () => {
        ended = true;
        this.#wake();
      });
      inflater.end();
      await this.#until(() => ended && this.#overflow.length === 0);
    }
    this.#post();
    this.#say({ type: 'end' });
    await this.#until(() => this.#report !== undefined);
    return { ...this.#report!, tarSize: this.#inflated, diffId: this.#isHashed() ? `sha256:${this.#hash.digest('hex')}` : undefined };
  }

  #isHashed(): boolean {
    return this.#hashPlain || this.#inflater !== undefined;
  }

  /**
   * Stop, whatever the state; the directory is the caller's to remove, and nobody writes there any more. After a copy, too: until then
   * its worker has the view mounted.
   */
  async abort(): Promise<void> {
    this.#fail(new TsrunError('INTERNAL', 'the layer was given up'));
    this.#inflater?.destroy();
    await this.#worker?.terminate();
  }

  /** Hash inflated bytes and pass them on, through buffers that the worker gives back. */
  #take(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.#inflated += bytes.length;
    // Headers and padding add to the files' bytes.
    if (this.#inflated > this.#maxBytes * 2 + 1024 * 1024) {
      this.#fail(tooLarge('the layer inflates to more than it may'));
      return;
    }
    if (this.#isHashed()) this.#hash.update(bytes);
    usedBuffers(bytes.length);
    this.#stage(bytes);
  }

  #stage(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#current === undefined) {
        const buffer = this.#free.pop() ?? this.#makeBuffer();
        if (buffer === undefined) {
          this.#overflow.push(bytes.subarray(at));
          this.#inflater?.pause();
          return;
        }
        this.#current = new Uint8Array(buffer);
        this.#fill = 0;
      }
      const length = Math.min(bytes.length - at, BUFFER_BYTES - this.#fill);
      this.#current.set(at === 0 && length === bytes.length ? bytes : bytes.subarray(at, at + length), this.#fill);
      this.#fill += length;
      at += length;
      if (this.#fill === BUFFER_BYTES) this.#post();
    }
  }

  #makeBuffer(): ArrayBuffer | undefined {
    if (this.#buffersMade === BUFFERS) return undefined;
    this.#buffersMade++;
    return new ArrayBuffer(BUFFER_BYTES);
  }

  #post(): void {
    if (this.#current === undefined) return;
    const buffer = this.#current.buffer as ArrayBuffer;
    this.#current = undefined;
    this.#say({ type: 'chunk', buffer, length: this.#fill }, [buffer]);
  }

  #say(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #hear(message: FromWorker): void {
    if (message.type === 'failed') {
      this.#closeRoot();
      this.#fail(fromPlain(message.error));
      return;
    }
    if (message.type === 'done') {
      this.#report = message.report;
      this.#release();
    } else {
      this.#free.push(message.buffer);
      const waiting = this.#overflow;
      this.#overflow = [];
      for (const bytes of waiting) this.#stage(bytes);
      if (this.#overflow.length === 0) this.#inflater?.resume();
    }
    this.#wake();
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined || this.#report !== undefined) return;
    this.#failure = error;
    this.#inflater?.destroy();
    this.#wake();
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Wait until `holds`, looked at after every event; a failure ends the wait. */
  async #until(holds: () => boolean): Promise<void> {
    for (;;) {
      this.#throwIfFailed();
      if (holds()) return;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}

function inflateError(error: Error): TsrunError {
  return new TsrunError('CORRUPT', `the layer can't be decompressed: ${error.message}`, { cause: error });
}
