/**
 * A file of a log that was rotated away, compressed: gzip, as Docker's are, of many members. Each holds at most MEMBER bytes, and says in an
 * extra field how long it is itself, so that any place of a large log is found, and read, without unpacking the rest. The field also says
 * which file was compressed, by its inode and the time of its last change: who was reading that one finds it again.
 * Source: RFC 1952, 2.3 (members, FEXTRA).
 */
import { closeSync, fstatSync, readSync, writeSync, type BigIntStats } from 'node:fs';
import type * as Zlib from 'node:zlib';
import { TsrunError } from '../model/errors.ts';
import type { LogBytes, Origin } from './log-entry.ts';

/** Bytes in a member, at most: what a reader holds at a time. */
const MEMBER = 1 << 20;
/** Magic, deflate, FEXTRA, no time, Unix, and the length of what follows; then our field's name and length. */
const HEADER = Buffer.from('1f8b0804000000000003180054731400', 'hex');
/** The header with its field: the member's length in 4 bytes, the inode and the time in 8 each. */
const HEADER_SIZE = HEADER.length + 20;
/** CRC-32 and length of what was compressed. */
const TRAILER_SIZE = 8;

/** Not imported above: most logs are plain. */
const zlib = (): typeof Zlib => process.getBuiltinModule('node:zlib');

export function plainOrigin({ ino, mtimeNs }: BigIntStats): Origin {
  return { inode: ino, changed: mtimeNs, compressed: false };
}

/** Compress the file `from`, from its beginning, to `to`. */
export function compressLog(from: number, to: number): void {
  const origin = plainOrigin(fstatSync(from, { bigint: true }));
  const chunk = Buffer.allocUnsafe(MEMBER);
  let count = 0;
  do {
    count = readFully(from, chunk);
    writeFully(to, member(chunk.subarray(0, count), origin));
  } while (count === MEMBER);
}

function member(bytes: Buffer, { inode, changed }: Origin): Buffer {
  const packed = zlib().deflateRawSync(bytes);
  const whole = Buffer.concat([HEADER, Buffer.alloc(HEADER_SIZE - HEADER.length), packed, Buffer.alloc(TRAILER_SIZE)]);
  whole.writeUInt32LE(whole.length, HEADER.length);
  whole.writeBigUInt64LE(inode, HEADER.length + 4);
  whole.writeBigUInt64LE(BigInt.asUintN(64, changed), HEADER.length + 12);
  whole.writeUInt32LE(zlib().crc32(bytes), whole.length - 8);
  whole.writeUInt32LE(bytes.length, whole.length - 4);
  return whole;
}

function readFully(fd: number, to: Buffer): number {
  let done = 0;
  for (let count = -1; count !== 0 && done < to.length; done += count) count = readSync(fd, to, done, to.length - done, null);
  return done;
}

function writeFully(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

/** A member: where it is in the file, and what it holds of the log. */
interface Member {
  at: number;
  size: number;
  position: number;
  length: number;
}

/**
 * Read one; the descriptor is closed with it.
 * @throws TsrunError CORRUPT where it is none
 */
export function compressedBytes(fd: number, path: string): LogBytes {
  let members: readonly Member[];
  let origin: Origin;
  try {
    ({ members, origin } = listMembers(fd, path));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const last = members.at(-1);
  let unpacked: { member: Member; bytes: Buffer } | undefined;
  return {
    origin: () => origin,
    size: () => (last === undefined ? 0 : last.position + last.length),
    read: (to, position) => {
      const member = memberAt(members, position);
      if (member === undefined) return 0;
      if (unpacked?.member !== member) unpacked = { member, bytes: unpack(fd, path, member) };
      return unpacked.bytes.copy(to, 0, position - member.position);
    },
    close: () => closeSync(fd),
  };
}

/** All but the last are of one length. */
function memberAt(members: readonly Member[], position: number): Member | undefined {
  const found = members[Math.floor(position / MEMBER)];
  return found !== undefined && position < found.position + found.length ? found : undefined;
}

function listMembers(fd: number, path: string): { members: Member[]; origin: Origin } {
  const { size } = fstatSync(fd);
  const members: Member[] = [];
  let origin: Origin = { inode: 0n, changed: 0n, compressed: true };
  for (let at = 0, position = 0; at < size;) {
    const header = readAt(fd, path, at, HEADER_SIZE);
    if (!header.subarray(0, HEADER.length).equals(HEADER)) throw damaged(path);
    const whole = header.readUInt32LE(HEADER.length);
    if (whole < HEADER_SIZE + TRAILER_SIZE || at + whole > size) throw damaged(path);
    const length = readAt(fd, path, at + whole - 4, 4).readUInt32LE(0);
    if (position % MEMBER !== 0 || length > MEMBER) throw damaged(path);
    if (at === 0) {
      const changed = BigInt.asIntN(64, header.readBigUInt64LE(HEADER.length + 12));
      origin = { inode: header.readBigUInt64LE(HEADER.length + 4), changed, compressed: true };
    }
    members.push({ at, size: whole, position, length });
    at += whole;
    position += length;
  }
  return { members, origin };
}

function unpack(fd: number, path: string, { at, size, length }: Member): Buffer {
  const whole = readAt(fd, path, at, size);
  const packed = whole.subarray(HEADER_SIZE, -TRAILER_SIZE);
  let bytes: Buffer;
  try {
    bytes = zlib().inflateRawSync(packed, { maxOutputLength: MEMBER });
  } catch (error) {
    throw damaged(path, error);
  }
  if (bytes.length !== length || zlib().crc32(bytes) !== whole.readUInt32LE(size - TRAILER_SIZE)) throw damaged(path);
  return bytes;
}

function readAt(fd: number, path: string, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(fd, bytes, 0, length, at) !== length) throw damaged(path);
  return bytes;
}

/** It got its name when it was whole: somebody changed it, or the disk did. */
function damaged(path: string, cause?: unknown): TsrunError {
  return new TsrunError('CORRUPT', 'this part of the log is damaged', { path, cause, hint: 'move it away to read the rest' });
}
