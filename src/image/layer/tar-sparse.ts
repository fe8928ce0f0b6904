/**
 * The four forms of sparse files that GNU tar writes: old GNU headers, and PAX 0.0, 0.1, 1.0.
 * Source: GNU tar manual, "Storing Sparse Files".
 */
import type { Buffer } from 'node:buffer';
import { paxNumber, type PaxRecords } from './pax.ts';
import { BLOCK, corrupt, MAX_SPECIAL_BYTES, readNumber, type SparseSegment } from './tar-format.ts';

/** Read `count` segments of an old GNU header or extension block; an empty one ends the list. @throws TsrunError CORRUPT */
export function readOldSegments(block: Buffer, start: number, count: number, into: SparseSegment[]): void {
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    into.push({ offset: readNumber(block, at, 12), length: readNumber(block, at + 12, 12) });
  }
}

/** What the PAX records say of a sparse file; undefined when it isn't one. `map` undefined: format 1.0, the map begins the data. @throws TsrunError CORRUPT */
export function readPaxSparse(
  records: PaxRecords,
  pairs: readonly number[],
): { realSize: number; map: SparseSegment[] | undefined } | undefined {
  const major = records.get('GNU.sparse.major')?.toString('latin1');
  const minor = records.get('GNU.sparse.minor')?.toString('latin1');
  const sizeRecord = records.get('GNU.sparse.realsize') ?? records.get('GNU.sparse.size');
  const mapText = records.get('GNU.sparse.map')?.toString('latin1');
  const isOne = major === '1' && minor === '0';
  if (!isOne && mapText === undefined && pairs.length === 0) return undefined;
  if (sizeRecord === undefined) throw corrupt('invalid sparse file: its size is missing');
  const realSize = paxNumber(sizeRecord, 'GNU.sparse.size');
  if (isOne) return { realSize, map: undefined };
  const numbers =
    mapText === undefined
      ? pairs
      : mapText
          .split(',')
          .filter((text) => text !== '')
          .map(Number);
  return { realSize, map: pairNumbers(numbers) };
}

/** [offset, length, offset, length …] to segments. */
function pairNumbers(numbers: readonly number[]): SparseSegment[] {
  if (numbers.length % 2 !== 0) throw corrupt('invalid sparse file: an odd number of map entries');
  const segments: SparseSegment[] = [];
  for (let index = 0; index < numbers.length; index += 2) segments.push({ offset: numbers[index]!, length: numbers[index + 1]! });
  return segments;
}

const NEWLINE = 0x0a;
const MOST_SEGMENTS = 100_000;

/** The map that begins a 1.0 file's data. Blocks come one by one, and are read as a whole once: a hostile map has thousands. */
export class SparseMap {
  readonly #blocks: string[] = [];
  #lines = 0;
  #wanted = 0;

  /** @returns undefined: more blocks are needed. @throws TsrunError CORRUPT */
  add(block: Buffer): SparseSegment[] | undefined {
    const text = block.toString('latin1');
    if (this.#blocks.length === 0) this.#wanted = 1 + 2 * countOf(text);
    this.#blocks.push(text);
    for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) this.#lines++;
    if (this.#lines < this.#wanted) {
      if (this.#blocks.length * BLOCK >= MAX_SPECIAL_BYTES) throw corrupt('invalid sparse file: its map does not end');
      return undefined;
    }
    // What follows the last line is padding.
    const lines = this.#blocks.join('').split('\n').slice(1, this.#wanted);
    if (!lines.every((line) => /^[0-9]+$/.test(line))) throw corrupt('invalid sparse file: its map holds something else than numbers');
    return pairNumbers(lines.map(Number));
  }
}

/** How many segments a map has: its first line. */
function countOf(text: string): number {
  const count = /^([0-9]+)\n/.exec(text)?.[1];
  if (count === undefined || Number(count) > MOST_SEGMENTS) throw corrupt('invalid sparse file: its map has no count');
  return Number(count);
}

/** Check that segments are in order, don't overlap, lie inside the file and take exactly the data there is. @throws TsrunError CORRUPT where not */
export function checkSegments(segments: readonly SparseSegment[], realSize: number, dataSize: number): void {
  let end = 0;
  let total = 0;
  for (const { offset, length } of segments) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 0 || offset < end || offset + length > realSize) {
      throw corrupt('invalid sparse file: its map does not fit the file');
    }
    end = offset + length;
    total += length;
  }
  if (total !== dataSize) throw corrupt('invalid sparse file: its map does not fit the data');
}
