/**
 * A tar reader that is given bytes as they come and tells of entries as they are known. Synchronous, and it copies no
 * file data. Knows ustar, PAX (binary values kept), GNU long names, base-256 numbers, and every form of sparse file.
 */
import { Buffer } from 'node:buffer';
import { parsePax, type PaxRecords } from './pax.ts';
import { ENTRY_TYPES, readEntry } from './tar-entry.ts';
import {
  BLOCK,
  checksumHolds,
  corrupt,
  isZeroBlock,
  MAX_PATH_BYTES,
  MAX_SPECIAL_BYTES,
  printable,
  readHeaderName,
  readNumber,
  readString,
  type ByteString,
  type TarEntry,
} from './tar-format.ts';
import { checkSegments, readOldSegments, readPaxSparse, SparseMap } from './tar-sparse.ts';

/** Who is told. Calls come in order: entry, data of it (never for other types than files), end of it. */
export interface TarHandler {
  entry(entry: TarEntry): void;
  /** `chunk` is only lent: it is the caller's memory. `offset` is where in the file it goes. */
  data(chunk: Uint8Array, offset: number): void;
  end(entry: TarEntry): void;
}

type State = 'header' | 'special' | 'sparseBlock' | 'sparseMap' | 'data' | 'padding' | 'ended';

export class TarReader {
  readonly #handler: TarHandler;
  readonly #block = Buffer.alloc(BLOCK);
  #state: State = 'header';
  #blockFill = 0;
  #zeroBlocks = 0;
  /** Data and padding bytes still to come. */
  #remaining = 0;
  #padding = 0;
  #special = Buffer.alloc(0);
  #specialFill = 0;
  #specialType = '';
  readonly #global: PaxRecords = new Map();
  #records: PaxRecords | undefined;
  #sparsePairs: number[] = [];
  #longName: ByteString | undefined;
  #longLink: ByteString | undefined;
  #entry: TarEntry | undefined;
  #map = new SparseMap();
  #segment = 0;
  #position = 0;

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /**
   * Take the next bytes.
   * @throws TsrunError CORRUPT, or what the handler throws; the reader is of no use afterwards.
   */
  write(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < chunk.length && this.#state !== 'ended') {
      switch (this.#state) {
        case 'data': {
          const length = Math.min(this.#remaining, chunk.length - at);
          this.#deliver(chunk.subarray(at, at + length));
          at += length;
          this.#remaining -= length;
          if (this.#remaining === 0) this.#finishEntry();
          break;
        }
        case 'special': {
          const length = Math.min(this.#special.length - this.#specialFill, chunk.length - at);
          chunk.copy(this.#special, this.#specialFill, at, at + length);
          at += length;
          this.#specialFill += length;
          if (this.#specialFill === this.#special.length) this.#finishSpecial();
          break;
        }
        case 'padding': {
          const length = Math.min(this.#padding, chunk.length - at);
          at += length;
          this.#padding -= length;
          if (this.#padding === 0) this.#state = 'header';
          break;
        }
        default: {
          if (this.#blockFill === 0 && chunk.length - at >= BLOCK) {
            this.#takeBlock(chunk.subarray(at, at + BLOCK));
            at += BLOCK;
            break;
          }
          const length = Math.min(BLOCK - this.#blockFill, chunk.length - at);
          chunk.copy(this.#block, this.#blockFill, at, at + length);
          at += length;
          this.#blockFill += length;
          if (this.#blockFill === BLOCK) {
            this.#blockFill = 0;
            this.#takeBlock(this.#block);
          }
        }
      }
    }
  }

  /** Whether the archive's end mark was read: what follows is not looked at. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** All bytes came. @throws TsrunError CORRUPT when they end inside an entry. */
  finish(): void {
    if (this.#state === 'ended') return;
    const dangling = this.#records !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
    // Without its padding an entry is whole.
    const atEdge = this.#state === 'padding' || (this.#state === 'header' && this.#blockFill === 0);
    if (!atEdge || dangling) {
      const where = this.#entry === undefined ? '' : ` in ${printable(this.#entry.path)}`;
      throw corrupt(`unexpected EOF: the archive ends${where} before its time`);
    }
  }

  #takeBlock(block: Buffer): void {
    if (this.#state === 'sparseBlock') this.#takeSparseBlock(block);
    else if (this.#state === 'sparseMap') this.#takeSparseMap(block);
    else this.#takeHeader(block);
  }

  #takeHeader(block: Buffer): void {
    if (block[0] === 0 && isZeroBlock(block)) {
      this.#zeroBlocks++;
      if (this.#zeroBlocks === 2) this.#state = 'ended';
      return;
    }
    if (this.#zeroBlocks > 0 || !checksumHolds(block)) throw corrupt('invalid tar header: its checksum is wrong');
    const flag = String.fromCharCode(block[156]!);
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      this.#beginSpecial(flag, readNumber(block, 124, 12));
      return;
    }
    const type = ENTRY_TYPES[flag];
    if (type === undefined) throw corrupt(`unhandled tar header type ${block[156]} of ${printable(readHeaderName(block))}`);
    const entry = readEntry(block, type, { name: this.#longName, link: this.#longLink, global: this.#global, own: this.#records });
    this.#entry = entry;
    const pax = this.#records;
    const pairs = this.#sparsePairs;
    this.#forgetSpecials();
    if (entry.type !== 'file') {
      this.#remaining = 0;
      entry.size = 0;
      this.#begin(0);
      return;
    }
    this.#remaining = entry.size;
    this.#padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
    if (flag === 'S') this.#beginOldSparse(block, entry);
    else {
      const sparse = pax === undefined ? undefined : readPaxSparse(pax, pairs);
      if (sparse === undefined) {
        this.#begin(entry.size);
        return;
      }
      if (sparse.realSize < 0) throw corrupt('invalid sparse file: its size is negative');
      entry.size = sparse.realSize;
      if (sparse.map === undefined) {
        this.#map = new SparseMap();
        this.#state = 'sparseMap';
      } else {
        entry.sparse = sparse.map;
        this.#begin(this.#remaining);
      }
    }
  }

  #beginSpecial(flag: string, size: number): void {
    if (size < 0 || size > MAX_SPECIAL_BYTES) throw corrupt(`invalid tar header: an extended header of ${size} bytes`);
    this.#special = Buffer.allocUnsafe(size);
    this.#specialFill = 0;
    this.#specialType = flag;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    this.#state = 'special';
    if (size === 0) this.#finishSpecial();
  }

  #finishSpecial(): void {
    const data = this.#special;
    this.#state = this.#padding === 0 ? 'header' : 'padding';
    if (this.#specialType === 'L' || this.#specialType === 'K') {
      const name = readString(data, 0, data.length);
      if (name.length >= MAX_PATH_BYTES) throw corrupt('invalid tar header: a name is longer than a path can be');
      if (this.#specialType === 'L') this.#longName = name;
      else this.#longLink = name;
      return;
    }
    const { records, sparsePairs } = parsePax(data);
    if (this.#specialType === 'x') {
      this.#records = records;
      this.#sparsePairs = sparsePairs;
      return;
    }
    for (const [key, value] of records) {
      if (value.length === 0) this.#global.delete(key);
      // A copy, for the header has other records, too.
      else this.#global.set(key, Buffer.from(value));
    }
    const bytes = this.#global.entries().reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    if (this.#global.size > 1000 || bytes > MAX_SPECIAL_BYTES) throw corrupt('invalid PAX header: too many global records');
  }

  #forgetSpecials(): void {
    this.#records = undefined;
    this.#sparsePairs = [];
    this.#longName = undefined;
    this.#longLink = undefined;
  }

  #beginOldSparse(block: Buffer, entry: TarEntry): void {
    entry.sparse = [];
    entry.size = readNumber(block, 483, 12);
    if (entry.size < 0) throw corrupt('invalid sparse file: its size is negative');
    readOldSegments(block, 386, 4, entry.sparse);
    if (block[482] === 0) this.#begin(this.#remaining);
    else this.#state = 'sparseBlock';
  }

  #takeSparseBlock(block: Buffer): void {
    const sparse = this.#entry!.sparse!;
    readOldSegments(block, 0, 21, sparse);
    if (sparse.length > 100_000) throw corrupt('invalid sparse file: its map is too long');
    if (block[504] === 0) this.#begin(this.#remaining);
  }

  #takeSparseMap(block: Buffer): void {
    this.#remaining -= BLOCK;
    if (this.#remaining < 0) throw corrupt('invalid sparse file: its map does not end');
    const map = this.#map.add(block);
    if (map === undefined) return;
    this.#entry!.sparse = map;
    this.#begin(this.#remaining);
  }

  /** The entry is known: tell, and go on with its data. */
  #begin(dataSize: number): void {
    const entry = this.#entry!;
    if (entry.sparse !== undefined) checkSegments(entry.sparse, entry.size, dataSize);
    this.#segment = 0;
    this.#position = 0;
    this.#handler.entry(entry);
    this.#state = 'data';
    if (dataSize === 0) this.#finishEntry();
  }

  #deliver(chunk: Buffer): void {
    const sparse = this.#entry!.sparse;
    if (sparse === undefined) {
      this.#handler.data(chunk, this.#position);
      this.#position += chunk.length;
      return;
    }
    // #position is inside the current segment.
    let at = 0;
    while (at < chunk.length) {
      const segment = sparse[this.#segment]!;
      const length = Math.min(segment.length - this.#position, chunk.length - at);
      if (length > 0) this.#handler.data(chunk.subarray(at, at + length), segment.offset + this.#position);
      at += length;
      this.#position += length;
      if (this.#position === segment.length) {
        this.#segment++;
        this.#position = 0;
      }
    }
  }

  #finishEntry(): void {
    const entry = this.#entry!;
    this.#handler.end(entry);
    this.#entry = undefined;
    if (entry.type !== 'file') this.#padding = 0;
    this.#state = this.#padding === 0 ? 'header' : 'padding';
  }
}
