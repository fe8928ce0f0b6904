/** The bytes of layers on their way to a registry: a blob as it is, or a plain tar compressed while it is sent. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { usedBuffers } from '../layer/collect-buffers.ts';
import type { BlobContent, UploadSource } from '../registry/upload.ts';

const PIECE: number = 128 * 1024;

/** Told of bytes of the file that were read, from its beginning. */
export type OnRead = (bytes: number) => void;

/** A file that is the blob. The registry checks its digest. */
export function storedBlob(path: string, content: BlobContent, onRead: OnRead): UploadSource {
  return { content: () => content, open: (offset) => readFile(path, offset, onRead) };
}

/** Bytes that are the blob. */
export function smallBlob(bytes: Uint8Array, content: BlobContent): UploadSource {
  return {
    content: () => content,
    async *open(offset) {
      yield await Promise.resolve(bytes.subarray(offset));
    },
  };
}

/**
 * A plain tar as the gzip blob it becomes. Nothing of it is kept: to go on after a break, it is compressed again from the
 * beginning, which gives the same bytes, and what the registry has is passed over.
 */
export class CompressedTar implements UploadSource {
  readonly #path: string;
  readonly #diffId: Digest;
  readonly #onRead: OnRead;
  #content: BlobContent | undefined;

  constructor(path: string, diffId: Digest, onRead: OnRead) {
    this.#path = path;
    this.#diffId = diffId;
    this.#onRead = onRead;
  }

  /** Known when all bytes were given out. */
  content(): BlobContent | undefined {
    return this.#content;
  }

  /** @throws TsrunError DIGEST_MISMATCH, at the end, when the tar isn't what it was when it came here */
  async *open(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    const [tar, blob] = [createHash('sha256'), createHash('sha256')];
    const gzip = createGzip({ chunkSize: PIECE });
    // What goes wrong reading ends the loop below with that error.
    const piping = pipeline(hashed(readFile(this.#path, 0, this.#onRead), tar), gzip, () => undefined);
    try {
      let size = 0;
      for await (const chunk of piping as AsyncIterable<Uint8Array>) {
        blob.update(chunk);
        const before = size;
        size += chunk.length;
        if (size > offset) yield chunk.subarray(Math.max(offset - before, 0));
      }
      const found = `sha256:${tar.digest('hex')}`;
      if (found !== this.#diffId) {
        throw new TsrunError('DIGEST_MISMATCH', `layer ${this.#diffId} in the store is damaged: its tar hashes to ${found}`, {
          path: this.#path,
          hint: 'tsrun doctor --fix forgets what is damaged; then pull or load the image again',
        });
      }
      this.#content = { digest: `sha256:${blob.digest('hex')}`, size };
    } finally {
      gzip.destroy();
    }
  }
}

async function* hashed(bytes: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

async function* readFile(path: string, start: number, onRead: OnRead): AsyncGenerator<Uint8Array, void, undefined> {
  let at = start;
  try {
    for await (const chunk of createReadStream(path, { start, highWaterMark: PIECE })) {
      at += (chunk as Buffer).length;
      onRead(at);
      usedBuffers((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    throw new TsrunError('NOT_FOUND', `blob ${path} is not in the store`, {
      path,
      hint: 'tsrun doctor --fix forgets what is damaged; then pull or load the image again',
      cause: error,
    });
  }
}
