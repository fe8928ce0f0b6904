/**
 * What a layer takes from the layers below it, known only when those are there: owner and mode of directories that it
 * needs but doesn't describe (overlayfs shows the uppermost directory's), and files it links to. Docker's overlay2 makes
 * such directories 0755 root, and refuses such links; its other drivers, and this, do what the image's author saw.
 *
 * The layers below are looked at through an overlay of them, and every path is resolved by openat2 inside its root.
 */
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, futimesSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from '../../kernel/constants.ts';
import { readXattrs } from '../../kernel/byte-paths.ts';
import { native } from '../../kernel/native.ts';
import { hasErrno } from '../../model/errors.ts';
import type { LayerReport } from './layer-report.ts';
import { baseOf, parentOf } from './layer-paths.ts';
import { corrupt, fsPath, printable, type ByteString } from './tar-format.ts';

const CONFINED: number = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants;

/**
 * Complete `tree` from `lower` (names in `layers`, from the top down).
 * @returns bytes of files that were copied up.
 * @throws TsrunError CORRUPT when a link's target is in no layer.
 */
export function completeFromLower(tree: string, report: LayerReport, layers: string, lower: readonly string[]): number {
  if (lower.length === 0) {
    if (report.lowerLinks[0] !== undefined) throw missingTarget(report.lowerLinks[0]);
    return 0;
  }
  if (report.implicit.length === 0 && report.lowerLinks.length === 0) return 0;
  const treeFd = openSync(tree, O_RDONLY | O_DIRECTORY);
  const lowerFd = openLower(layers, lower);
  try {
    for (const path of report.implicit) adoptDirectory(treeFd, lowerFd, path);
    let copied = 0;
    for (const link of report.lowerLinks) copied += copyUp(treeFd, lowerFd, link);
    return copied;
  } finally {
    closeSync(lowerFd);
    closeSync(treeFd);
  }
}

/** The layers below as one tree: a directory, or an overlay that nobody else sees. */
function openLower(layers: string, lower: readonly string[]): number {
  if (lower.length === 1) return openSync(join(layers, lower[0]!), O_RDONLY | O_DIRECTORY);
  return native().overlayMount(layers, lower, undefined, undefined, '');
}

/** A path from the root; '' is the root itself. Undefined: it isn't there. */
function openIn(root: number, path: ByteString, flags: number, mode = 0): number | undefined {
  try {
    return native().openat2(root, path === '' ? '.' : fsPath(path), flags, mode, CONFINED);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

function adoptDirectory(treeFd: number, lowerFd: number, path: ByteString): void {
  const from = openIn(lowerFd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (from === undefined) return;
  try {
    const to = openIn(treeFd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (to === undefined) return;
    try {
      const known = fstatSync(from);
      fchownSync(to, known.uid, known.gid);
      fchmodSync(to, known.mode & 0o7777);
      copyXattrs(below(from, '.'), below(to, '.'));
      futimesSync(to, known.mtimeMs / 1000, known.mtimeMs / 1000);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

function copyUp(treeFd: number, lowerFd: number, link: { path: ByteString; target: ByteString }): number {
  const open: number[] = [];
  const keep = (fd: number | undefined): number => {
    if (fd === undefined) throw missingTarget(link);
    open.push(fd);
    return fd;
  };
  try {
    const directory = keep(openIn(treeFd, parentOf(link.path), O_RDONLY | O_DIRECTORY));
    const lowerDirectory = keep(openIn(lowerFd, parentOf(link.target), O_RDONLY | O_DIRECTORY));
    // O_NONBLOCK: a fifo in the way must not stop us.
    const from = keep(openIn(lowerDirectory, baseOf(link.target), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    const known = fstatSync(from);
    if (!known.isFile())
      throw corrupt(
        `invalid hardlink ${printable(link.path)} -> ${printable(link.target)}: only a regular file of a lower layer can be linked`,
      );
    const times = fstatSync(directory);
    const to = keep(openIn(directory, baseOf(link.path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    copyBytes(from, to);
    fchownSync(to, known.uid, known.gid);
    fchmodSync(to, known.mode & 0o7777);
    copyXattrs(below(lowerDirectory, baseOf(link.target)), below(directory, baseOf(link.path)));
    futimesSync(to, known.mtimeMs / 1000, known.mtimeMs / 1000);
    futimesSync(directory, times.mtimeMs / 1000, times.mtimeMs / 1000);
    return known.size;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

function copyBytes(from: number, to: number): void {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let count = readSync(from, buffer); count > 0; count = readSync(from, buffer)) {
    for (let at = 0; at < count;) at += writeSync(to, buffer, at, count - at);
  }
}

function copyXattrs(source: ByteString, target: ByteString): void {
  for (const [name, value] of readXattrs(source)) {
    if (!name.startsWith('trusted.overlay.')) native().lsetxattr(fsPath(target), name, value);
  }
}

/** A file in an open directory as a path. The xattr calls don't follow its last part, so a descriptor of the file itself would not do. */
function below(directory: number, name: ByteString): ByteString {
  return `/proc/self/fd/${directory}/${name}`;
}

function missingTarget(link: { path: ByteString; target: ByteString }): Error {
  return corrupt(`invalid hardlink ${printable(link.path)} -> ${printable(link.target)}: there is no such file in this layer or below it`);
}
