/**
 * The outer tar of an image archive: its files by name. A plain file on disk is indexed by its headers alone; a stream, or a
 * compressed file, is spooled into scratch while it comes, each file hashed on the way. Only names, kinds and sizes are
 * taken from the archive: nothing of it is made on disk under a name of its own.
 */
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { cleanPath } from '../layer/layer-paths.ts';
import { MAGIC_BYTES } from '../layer/inflate.ts';
import { inflated, isCompressed } from '../layer/inflated.ts';
import { BLOCK, type TarEntry } from '../layer/tar-format.ts';
import { TarReader, type TarHandler } from '../layer/tar-reader.ts';
import { BlobWriter } from '../store/blob-writer.ts';
import { tooLarge } from '../layer/too-large.ts';

/** A file of the archive. */
export interface ArchiveFile {
  /** Where its bytes are: a range of a file on disk. */
  path: string;
  offset: number;
  size: number;
  /** Known where it was spooled. */
  digest: Digest | undefined;
}

/** Files by clean name. */
export type ArchiveIndex = Map<string, ArchiveFile>;

const CHUNK: number = 128 * 1024;
const MOST_ENTRIES = 100_000;

/** Read a file of the archive whole: for manifests and configs. @throws TsrunError CORRUPT when it is too large for that. */
export function readWhole(file: ArchiveFile, name: string, limit: number = 8 * 1024 * 1024): Buffer {
  if (file.size > limit) throw new TsrunError('CORRUPT', `${name} in the archive has ${file.size} bytes: too many for such a file`);
  const fd = openSync(file.path, constants.O_RDONLY);
  try {
    const bytes = Buffer.alloc(file.size);
    for (let at = 0; at < bytes.length;) {
      const count = readSync(fd, bytes, at, bytes.length - at, file.offset + at);
      if (count === 0) throw new TsrunError('CORRUPT', `unexpected EOF: the archive ends in ${name}`);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a file of the archive, in chunks. */
export function streamFile(file: ArchiveFile): AsyncIterable<Buffer> {
  if (file.size === 0) return createReadStream('/dev/null');
  return createReadStream(file.path, { start: file.offset, end: file.offset + file.size - 1, highWaterMark: CHUNK });
}

/** Notes where files and links are. */
class Indexer implements TarHandler {
  readonly index: ArchiveIndex = new Map();
  /** Links are resolved at the end: older `docker save` writes a layer that two images share once, and links to it. */
  readonly #links = new Map<string, string>();
  readonly #place: (entry: TarEntry, name: string) => ArchiveFile;
  readonly #receive: ((chunk: Uint8Array) => void) | undefined;
  readonly #close: ((file: ArchiveFile) => void) | undefined;
  #current: ArchiveFile | undefined;
  #entries = 0;

  constructor(
    place: (entry: TarEntry, name: string) => ArchiveFile,
    receive?: (chunk: Uint8Array) => void,
    close?: (file: ArchiveFile) => void,
  ) {
    this.#place = place;
    this.#receive = receive;
    this.#close = close;
  }

  entry(entry: TarEntry): void {
    if (++this.#entries > MOST_ENTRIES) throw new TsrunError('HOSTILE', `the archive has more than ${MOST_ENTRIES} entries`);
    const name = cleanPath(entry.path);
    if (entry.type === 'symlink') this.#links.set(name, join('/', name, '..', entry.link).slice(1));
    else if (entry.type === 'hardlink') this.#links.set(name, cleanPath(entry.link, 'hardlink'));
    else if (entry.type === 'file') {
      if (entry.sparse !== undefined)
        throw new TsrunError('UNSUPPORTED', `${name} in the archive is a sparse file`, { hint: 'write the archive without --sparse' });
      this.#current = this.#place(entry, name);
      this.index.set(name, this.#current);
    }
  }

  data(chunk: Uint8Array): void {
    this.#receive?.(chunk);
  }

  end(): void {
    if (this.#current !== undefined) this.#close?.(this.#current);
    this.#current = undefined;
  }

  finish(): ArchiveIndex {
    for (const [name, target] of this.#links) {
      let end = target;
      for (let hops = 0; hops < 8 && this.#links.has(end); hops++) end = this.#links.get(end) ?? end;
      const file = this.index.get(end);
      if (file !== undefined && !this.index.has(name)) this.index.set(name, file);
    }
    return this.index;
  }
}

/** Index a plain tar on disk: headers are read, file data is skipped. */
function indexPlain(path: string, fd: number): ArchiveIndex {
  let position = 0;
  const indexer = new Indexer((entry) => ({ path, offset: position, size: entry.size, digest: undefined }));
  // The reader is fed headers; where it would be given a file's data, zeros from here stand for them, unread.
  let skip = 0;
  const reader = new TarReader({
    entry(entry) {
      indexer.entry(entry);
      skip = entry.type === 'file' ? entry.size : 0;
    },
    data: () => {},
    end: () => indexer.end(),
  });
  const block = Buffer.alloc(BLOCK);
  const zeros = Buffer.alloc(CHUNK);
  for (;;) {
    const count = readBlock(fd, block, position);
    position += count;
    reader.write(block.subarray(0, count));
    if (count < BLOCK) break;
    if (skip > 0) {
      // A cut archive must not pass: the last byte has to be there.
      const last = Buffer.alloc(1);
      if (readSync(fd, last, 0, 1, position + skip - 1) === 0) break;
      position += skip;
      for (; skip > 0; skip -= Math.min(skip, zeros.length)) reader.write(zeros.subarray(0, Math.min(skip, zeros.length)));
      // Padding up to the next header.
      const padding = (BLOCK - (position % BLOCK)) % BLOCK;
      reader.write(zeros.subarray(0, padding));
      position += padding;
    }
    if (reader.ended) break;
  }
  reader.finish();
  return indexer.finish();
}

function readBlock(fd: number, block: Buffer, position: number): number {
  let length = 0;
  while (length < block.length) {
    const count = readSync(fd, block, length, block.length - length, position + length);
    if (count === 0) break;
    length += count;
  }
  return length;
}

/** Spool what comes into numbered files in `scratch`. */
async function spool(chunks: AsyncIterable<Uint8Array>, scratch: string): Promise<ArchiveIndex> {
  let number = 0;
  let writer: BlobWriter | undefined;
  const indexer = new Indexer(
    (entry) => {
      writer = new BlobWriter(join(scratch, `file-${number++}`));
      return { path: writer.path, offset: 0, size: entry.size, digest: undefined };
    },
    (chunk) => writer?.write(chunk),
    (file) => {
      file.digest = writer?.digest();
      void writer?.close();
      writer = undefined;
    },
  );
  const reader = new TarReader(indexer);
  try {
    for await (const chunk of chunks) reader.write(chunk);
    reader.finish();
    return indexer.finish();
  } finally {
    await writer?.close();
  }
}

/**
 * Index an archive: a path, or a stream (standard input). `scratch` is an empty directory for what must be spooled.
 * @param limit most bytes that a compressed archive, or a stream, may have
 * @throws TsrunError CORRUPT, NOT_FOUND, HOSTILE
 */
export async function indexArchive(
  input: string | AsyncIterable<Uint8Array>,
  scratch: string,
  limit: number = Number.MAX_SAFE_INTEGER,
): Promise<ArchiveIndex> {
  if (typeof input !== 'string') return spool(limited(inflated(input), limit), scratch);
  const fd = openArchive(input);
  try {
    const isFile = fstatSync(fd).isFile(); // `-i <(…)` is a pipe
    const head = Buffer.alloc(MAGIC_BYTES);
    const count = isFile ? readSync(fd, head, 0, MAGIC_BYTES, 0) : 0;
    if (count > 0 && !isCompressed(head.subarray(0, count))) return indexPlain(input, fd);
  } finally {
    closeSync(fd);
  }
  return spool(limited(inflated(createReadStream(input, { highWaterMark: CHUNK })), limit), scratch);
}

async function* limited(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit) throw tooLarge(`the archive has more than ${limit} bytes`);
    yield chunk;
  }
}

function openArchive(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    const system = error as NodeJS.ErrnoException;
    const words = system.code === 'ENOENT' ? 'no such file or directory' : system.message;
    throw new TsrunError('NOT_FOUND', `open ${path}: ${words}`, { call: 'open', path, errno: system.code, cause: error });
  }
}
