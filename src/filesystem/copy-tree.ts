/**
 * Copy a tree with all that its inodes have: owners, modes, times, extended attributes, hard links, devices, holes.
 * Links are copied, never followed. Both trees must have no other writer.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  type BigIntStats,
} from 'node:fs';
import { fsPath, readXattrs, type ByteString } from '../kernel/byte-paths.ts';
import { native } from '../kernel/native.ts';
import { hasErrno } from '../model/errors.ts';

/** Files with several names, by device and inode: where the first one was copied to. */
type Linked = Map<string, ByteString>;

/**
 * Copy what is in the directory `from` into the existing directory `to`, and make `to` look like `from`. Both are byte
 * strings; the last part of `from` is a directory, not a link to one (`/proc/self/fd/N/.` will do).
 */
export function copyTree(from: ByteString, to: ByteString): void {
  copyDirectory(from, to, lstat(from), new Map());
}

function lstat(path: ByteString): BigIntStats {
  return lstatSync(fsPath(path), { bigint: true });
}

function copyDirectory(from: ByteString, to: ByteString, known: BigIntStats, linked: Linked): void {
  // The list is read before anything is made; 'latin1' gives names as byte strings.
  for (const name of readdirSync(fsPath(from), { encoding: 'latin1' })) copyEntry(`${from}/${name}`, `${to}/${name}`, linked);
  copyAttributes(from, to, known);
}

function copyEntry(from: ByteString, to: ByteString, linked: Linked): void {
  const known = lstat(from);
  const [source, target] = [fsPath(from), fsPath(to)];
  if (known.isDirectory()) {
    mkdirSync(target, 0o700);
    copyDirectory(from, to, known, linked);
    return;
  }
  const inode = `${known.dev}:${known.ino}`;
  const first = known.nlink > 1n ? linked.get(inode) : undefined;
  if (first !== undefined) {
    linkSync(fsPath(first), target);
    return;
  }
  if (known.isFile()) copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  else if (known.isSymbolicLink()) symlinkSync(readlinkSync(source, { encoding: 'buffer' }), target);
  else if (known.isSocket()) return;
  else native().mknod(target, Number(known.mode), major(known.rdev), minor(known.rdev));
  copyAttributes(from, to, known);
  if (known.nlink > 1n) linked.set(inode, to);
}

function copyAttributes(from: ByteString, to: ByteString, known: BigIntStats): void {
  const target = fsPath(to);
  // Owner first: changing it clears setuid and capabilities.
  lchownSync(target, Number(known.uid), Number(known.gid));
  if (!known.isSymbolicLink()) chmodSync(target, Number(known.mode) & 0o7777);
  copyXattrs(from, to);
  const nanoseconds = known.mtimeNs;
  const billion = 1_000_000_000n;
  const rest = ((nanoseconds % billion) + billion) % billion;
  const seconds = Number((nanoseconds - rest) / billion);
  native().lutimens(target, seconds, Number(rest), seconds, Number(rest));
}

function copyXattrs(from: ByteString, to: ByteString): void {
  for (const [name, value] of readXattrs(from)) {
    if (name.startsWith('trusted.overlay.')) continue;
    try {
      native().lsetxattr(fsPath(to), name, value);
    } catch (error) {
      if (!hasErrno(error, 'ENOTSUP', 'EOPNOTSUPP', 'EPERM')) throw error;
    }
  }
}

const major = (rdev: bigint): number => Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n));
const minor = (rdev: bigint): number => Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n));
