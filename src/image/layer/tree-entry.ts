/** A file of a tree as an entry of an archive, with everything that its inode has. */
import { lstatSync, readlinkSync, type BigIntStats } from 'node:fs';
import { Buffer } from 'node:buffer';
import { readXattrs } from '../../kernel/byte-paths.ts';
import { hasErrno } from '../../model/errors.ts';
import { fsPath, type ByteString, type TarEntry, type TarEntryType } from './tar-format.ts';

const BILLION = 1_000_000_000n;

/** What is at `path` itself; undefined: nothing. */
export function statEntry(path: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(fsPath(path), { bigint: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The type of an entry; undefined for a socket, which no archive can hold. */
function typeOf(known: BigIntStats): TarEntryType | undefined {
  if (known.isFile()) return 'file';
  if (known.isDirectory()) return 'directory';
  if (known.isSymbolicLink()) return 'symlink';
  if (known.isCharacterDevice()) return 'character';
  if (known.isBlockDevice()) return 'block';
  return known.isFIFO() ? 'fifo' : undefined;
}

/**
 * The entry named `name` for what `statEntry(path)` found; undefined for a socket, and for what was removed or replaced since then (a
 * container may run while it is read). Attributes that belong to the disk it lies on rather than to the file (overlayfs' own,
 * SELinux labels) are left out.
 */
export function treeEntry(path: ByteString, name: ByteString, known: BigIntStats): TarEntry | undefined {
  try {
    return readEntry(path, name, known);
  } catch (error) {
    // EINVAL: it was a link, and is none any more.
    if (hasErrno(error, 'ENOENT', 'ENOTDIR') || (known.isSymbolicLink() && hasErrno(error, 'EINVAL'))) return undefined;
    throw error;
  }
}

function readEntry(path: ByteString, name: ByteString, known: BigIntStats): TarEntry | undefined {
  const type = typeOf(known);
  if (type === undefined) return undefined;
  const nanoseconds = ((known.mtimeNs % BILLION) + BILLION) % BILLION;
  const isDevice = type === 'character' || type === 'block';
  return {
    type,
    path: name,
    link: type === 'symlink' ? readlinkSync(fsPath(path), { encoding: 'buffer' }).toString('latin1') : '',
    mode: Number(known.mode) & 0o7777,
    uid: Number(known.uid),
    gid: Number(known.gid),
    size: type === 'file' ? Number(known.size) : 0,
    mtimeSec: Number((known.mtimeNs - nanoseconds) / BILLION),
    mtimeNsec: Number(nanoseconds),
    major: isDevice ? major(known.rdev) : 0,
    minor: isDevice ? minor(known.rdev) : 0,
    xattrs: archivedXattrs(path),
    sparse: undefined,
  };
}

function archivedXattrs(path: ByteString): Map<string, Buffer> | undefined {
  let found: Map<string, Buffer> | undefined;
  for (const [name, value] of readXattrs(path)) {
    if (/^(?:trusted|user)\.overlay\.|^security\.(?:selinux|ima|evm)$/.test(name)) continue;
    (found ??= new Map()).set(name, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }
  return found;
}

const major = (rdev: bigint): number => Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n));
const minor = (rdev: bigint): number => Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n));
