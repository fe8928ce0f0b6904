/**
 * Fields of tar headers. Sources: POSIX.1-2017 pax "ustar Interchange Format"; GNU tar manual, "Basic Tar Format". Names are
 * byte strings.
 */
import type { Buffer } from 'node:buffer';
import type { ByteString } from '../../kernel/byte-paths.ts';
import { TsrunError } from '../../model/errors.ts';

export { fsPath, printable, type ByteString } from '../../kernel/byte-paths.ts';

export const BLOCK = 512;
/** As Go's archive/tar: what a PAX header, a GNU long name or a sparse map may take. */
export const MAX_SPECIAL_BYTES: number = 1024 * 1024;
/** The kernel's PATH_MAX with its final zero. */
export const MAX_PATH_BYTES = 4096;

export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/** One file of an archive, with everything that an inode can have. */
export interface TarEntry {
  type: TarEntryType;
  /** As in the archive, uncleaned. */
  path: ByteString;
  /** Target of a hardlink or symlink, else ''. */
  link: ByteString;
  /** Permission bits with setuid, setgid and sticky (07777). */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of a regular file as it will be read, holes included; else 0. */
  size: number;
  mtimeSec: number;
  mtimeNsec: number;
  major: number;
  minor: number;
  xattrs: Map<string, Buffer> | undefined;
  /** Where the data of a sparse file goes. */
  sparse: SparseSegment[] | undefined;
}

export interface SparseSegment {
  offset: number;
  length: number;
}

/** The archive can't be what it claims. */
export function corrupt(message: string): TsrunError {
  return new TsrunError('CORRUPT', message);
}

/** The bytes of a zero-terminated field. */
export function readString(block: Buffer, start: number, length: number): ByteString {
  const zero = block.indexOf(0, start);
  const end = zero === -1 || zero > start + length ? start + length : zero;
  return block.toString('latin1', start, end);
}

/** A number field: octal digits, or base-256 where the first bit is set. @throws TsrunError CORRUPT */
export function readNumber(block: Buffer, start: number, length: number): number {
  if ((block[start]! & 0x80) !== 0) return readBase256(block, start, length);
  let value = 0;
  let index = start;
  const end = start + length;
  while (index < end && (block[index] === 0x20 || block[index] === 0)) index++;
  for (; index < end; index++) {
    const byte = block[index]!;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37)
      throw corrupt(`invalid tar header: ${JSON.stringify(readString(block, start, length))} is not an octal number`);
    value = value * 8 + (byte - 0x30);
  }
  for (; index < end; index++) {
    if (block[index] !== 0x20 && block[index] !== 0) throw corrupt('invalid tar header: characters after an octal number');
  }
  return value;
}

function readBase256(block: Buffer, start: number, length: number): number {
  const negative = (block[start]! & 0x40) !== 0;
  // Two's complement of `length` bytes without the marker bit.
  let value = negative ? -1n : 0n;
  for (let index = start; index < start + length; index++) {
    let byte = block[index]!;
    if (index === start) byte = negative ? byte | 0x80 : byte & 0x7f;
    value = (value << 8n) | BigInt(byte);
  }
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw corrupt('invalid tar header: a number is too large');
  return result;
}

/** Whether a block is all zeros: the archive's end. */
export function isZeroBlock(block: Buffer): boolean {
  for (let index = 0; index < BLOCK; index++) if (block[index] !== 0) return false;
  return true;
}

/** Whether the header's checksum holds; old writers summed signed bytes. */
export function checksumHolds(block: Buffer): boolean {
  let unsigned = 8 * 0x20;
  let high = 0;
  for (let index = 0; index < BLOCK; index++) {
    if (index === 148) index = 156;
    const byte = block[index]!;
    unsigned += byte;
    if (byte > 127) high++;
  }
  const stored = readNumber(block, 148, 8);
  return stored === unsigned || stored === unsigned - 256 * high;
}

/** The name in the header itself; ustar's prefix joined. */
export function readHeaderName(block: Buffer): ByteString {
  const name = readString(block, 0, 100);
  // "ustar\0": POSIX. GNU has "ustar  \0" and keeps other things where the prefix is.
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  // star writes "tar\0" at the end, and times after a shorter prefix.
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = readString(block, 345, isStar ? 131 : 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}
