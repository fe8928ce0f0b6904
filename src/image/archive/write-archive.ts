/** An archive as it goes out: its files one after the other into a descriptor, with nothing of them held but a buffer. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { emptyEntry } from '../layer/change-archive.ts';
import { createInflater, type Compression } from '../layer/inflate.ts';
import { encodeHeader, END_OF_ARCHIVE, paddingOf } from '../layer/tar-header.ts';
import { writeTo, type TarSink } from '../layer/tar-writer.ts';

const CHUNK: number = 512 * 1024;

/** A blob that goes into an archive. */
export interface StoredBlob {
  path: string;
  /** What it is stored in; it goes out inflated. */
  compression: Compression;
  /** Bytes that go out, and what they hash to. */
  size: number;
  digest: Digest;
}

export class ArchiveOutput {
  readonly #write: TarSink;
  readonly #directories = new Set<string>();

  constructor(fd: number) {
    this.#write = writeTo(fd);
  }

  /** A small file. `time`: seconds. */
  file(name: string, bytes: Uint8Array, time: number): void {
    this.#header(name, bytes.length, time);
    this.#write(bytes);
    this.#pad(bytes.length);
  }

  /** @throws TsrunError CORRUPT when the blob isn't what it should be: the archive is of no use then. */
  async blob(name: string, blob: StoredBlob, time: number): Promise<void> {
    this.#header(name, blob.size, time);
    const hash = createHash('sha256');
    let size = 0;
    const take = (chunk: Buffer): void => {
      hash.update(chunk);
      size += chunk.length;
      if (size > blob.size) throw damaged(blob);
      this.#write(chunk);
    };
    try {
      if (blob.compression === 'none') await readThrough(blob.path, take);
      else {
        const source = createReadStream(blob.path, { highWaterMark: CHUNK });
        await pipeline(source, createInflater(blob.compression), async (inflated: AsyncIterable<Buffer>) => {
          for await (const chunk of inflated) take(chunk);
        });
      }
    } catch (error) {
      throw blobError(blob, error);
    }
    if (size !== blob.size || `sha256:${hash.digest('hex')}` !== blob.digest) throw damaged(blob);
    this.#pad(size);
  }

  finish(): void {
    this.#write(END_OF_ARCHIVE);
  }

  #header(name: string, size: number, time: number): void {
    for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) this.#directory(name.slice(0, slash), time);
    this.#write(encodeHeader({ ...emptyEntry('file', name, 0o644), size, mtimeSec: time }));
  }

  #directory(name: string, time: number): void {
    if (this.#directories.has(name)) return;
    this.#directories.add(name);
    this.#write(encodeHeader({ ...emptyEntry('directory', name, 0o755), mtimeSec: time }));
  }

  #pad(size: number): void {
    this.#write(Buffer.alloc(paddingOf(size)));
  }
}

/** A file through one buffer: a stream would take a new one for each piece. */
async function readThrough(path: string, take: (chunk: Buffer) => void): Promise<void> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) return;
      take(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

function damaged({ path, digest }: StoredBlob): TsrunError {
  return new TsrunError('CORRUPT', `the stored layer ${digest} is damaged: it is not what it was`, {
    path,
    hint: 'remove the image and pull or load it again',
  });
}

function blobError(blob: StoredBlob, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new TsrunError('NOT_FOUND', `blob ${blob.digest} is not in the store`, { path: blob.path, cause: error });
  return code?.startsWith('Z_') === true || code?.startsWith('ZSTD_') === true ? damaged(blob) : error;
}
