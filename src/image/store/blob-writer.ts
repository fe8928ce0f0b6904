/** One blob on its way into the store: a file in scratch, hashed while it is written. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fsync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { spaceError } from './blobs.ts';

const fsyncAsync: (fd: number) => Promise<void> = promisify(fsync);

/** After so many bytes the disk is set to work, while more come: else all of it would be waited for at the end. */
const SYNC_BYTES: number = 8 * 1024 * 1024;

export class BlobWriter {
  readonly path: string;
  readonly #hash: Hash = createHash('sha256');
  #fd: number;
  #written = 0;
  #synced = 0;
  #syncing: Promise<void> | undefined;
  #syncError: unknown;

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  }

  get written(): number {
    return this.#written;
  }

  /** @throws TsrunError NO_SPACE */
  write(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    try {
      for (let at = 0; at < chunk.length;) at += writeSync(this.#fd, chunk, at, chunk.length - at);
    } catch (error) {
      throw spaceError(error) ?? error;
    }
    this.#written += chunk.length;
    if (this.#written - this.#synced >= SYNC_BYTES && this.#syncing === undefined) this.#sync();
  }

  #sync(): void {
    this.#synced = this.#written;
    this.#syncing = fsyncAsync(this.#fd)
      .catch((error: unknown) => {
        // The kernel tells of a failed write once: the next fsync would not.
        this.#syncError = error;
      })
      .then(() => {
        this.#syncing = undefined;
      });
  }

  /**
   * All bytes came: compare and make durable.
   * @throws TsrunError DIGEST_MISMATCH, NO_SPACE
   */
  async finish(expected: Digest): Promise<void> {
    const digest = this.digest();
    if (digest !== expected) {
      throw new TsrunError('DIGEST_MISMATCH', `filesystem layer verification failed for digest ${expected}: the bytes hash to ${digest}`, {
        path: expected,
        hint: 'the download or archive is damaged; try again',
      });
    }
    await this.#finish();
  }

  /** All bytes came, and nobody knew their digest before: make them durable. @throws TsrunError NO_SPACE */
  async finishAnew(): Promise<Digest> {
    const digest = this.digest();
    await this.#finish();
    return digest;
  }

  async #finish(): Promise<void> {
    try {
      await this.#syncing;
      if (this.#syncError !== undefined) throw this.#syncError as Error;
      await fsyncAsync(this.#fd);
    } catch (error) {
      throw spaceError(error) ?? error;
    }
    await this.close();
  }

  /** Digest of what was written. Once. */
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}`;
  }

  /** Close it: at once, or after a sync that is under way, for the descriptor's number must not become another file's. */
  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    if (this.#syncing !== undefined) await this.#syncing;
    if (fd !== -1) closeSync(fd);
  }
}
