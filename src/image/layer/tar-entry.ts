/** From a tar header, and the extended headers before it, to an entry. */
import type { Buffer } from 'node:buffer';
import { applyPax, type PaxRecords } from './pax.ts';
import {
  corrupt,
  printable,
  readHeaderName,
  readNumber,
  readString,
  type ByteString,
  type TarEntry,
  type TarEntryType,
} from './tar-format.ts';

/** Kinds of entries by their flag. */
export const ENTRY_TYPES: Record<string, TarEntryType | undefined> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** What came before the header. */
export interface Extended {
  /** GNU long name and link. */
  name: ByteString | undefined;
  link: ByteString | undefined;
  /** Records for all that follows, and for this entry. */
  global: PaxRecords;
  own: PaxRecords | undefined;
}

/** @throws TsrunError CORRUPT */
export function readEntry(block: Buffer, type: TarEntryType, extended: Extended): TarEntry {
  const entry: TarEntry = {
    type,
    path: extended.name ?? readHeaderName(block),
    link: extended.link ?? readString(block, 157, 100),
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: readNumber(block, 108, 8),
    gid: readNumber(block, 116, 8),
    size: readNumber(block, 124, 12),
    mtimeSec: readNumber(block, 136, 12),
    mtimeNsec: 0,
    major: 0,
    minor: 0,
    xattrs: undefined,
    sparse: undefined,
  };
  if (type === 'character' || type === 'block') {
    entry.major = readNumber(block, 329, 8);
    entry.minor = readNumber(block, 337, 8);
  }
  if (extended.global.size > 0) applyPax(entry, extended.global);
  if (extended.own !== undefined) applyPax(entry, extended.own);
  if (entry.size < 0) throw corrupt(`invalid tar header: ${printable(entry.path)} has a negative size`);
  if (!isOwner(entry.uid) || !isOwner(entry.gid))
    throw corrupt(`invalid tar header: ${printable(entry.path)} has an owner that no file can have`);
  // Before POSIX, a directory was a file whose name ends in a slash.
  if (type === 'file' && entry.path.endsWith('/') && block[156] !== 0x53) entry.type = 'directory';
  return entry;
}

/** -1 means "leave as it is" to chown(2). */
function isOwner(id: number): boolean {
  return id >= 0 && id < 0xffffffff;
}
