/**
 * Reading from a root filesystem that isn't trusted: the kernel resolves every path inside it (openat2, RESOLVE_IN_ROOT),
 * so that no link leads out.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { RootLayers } from './overlay.ts';

const { O_RDONLY, O_DIRECTORY, O_NONBLOCK, O_NOCTTY } = constants;
const CONFINED: number = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/** Open a root as one tree: a directory's descriptor. Close it. Nothing is mounted where anybody sees it. */
function openRoot(root: RootLayers): number {
  const only = root.lower.length === 1 ? root.lower[0] : undefined;
  if (only !== undefined) return openSync(join(root.directory, only), O_RDONLY | O_DIRECTORY);
  return native().overlayMount(root.directory, root.lower, undefined, undefined, '');
}

/** Use a root while `use` runs. */
export function withRoot<Result>(root: RootLayers, use: (fd: number) => Result): Result {
  const fd = openRoot(root);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Open a directory in a root (`/proc/PID/root` opened will do); undefined: there is nothing at `path`. Throws ENOTDIR. */
export function openDirectoryIn(rootFd: number, path: string): number | undefined {
  return openIn(rootFd, path, O_RDONLY | O_DIRECTORY);
}

/**
 * Bytes of a regular file in a root; undefined: it isn't there, or isn't a regular file.
 * @throws TsrunError CORRUPT when it has more than `limit` bytes.
 */
export function readFileIn(rootFd: number, path: string, limit: number = 16 * 1024 * 1024): Buffer | undefined {
  // O_NONBLOCK: a fifo there must not stop us.
  const fd = openIn(rootFd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (fd === undefined) return undefined;
  try {
    const known = fstatSync(fd);
    if (!known.isFile()) return undefined;
    if (known.size > limit)
      throw new TsrunError('CORRUPT', `${path} in the image has ${known.size} bytes, more than such a file can have`, { path });
    const bytes = Buffer.allocUnsafe(known.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(fd, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function openIn(rootFd: number, path: string, flags: number): number | undefined {
  try {
    return native().openat2(rootFd, path, flags, 0, CONFINED);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ELOOP') || (hasErrno(error, 'ENOTDIR') && (flags & O_DIRECTORY) === 0)) return undefined;
    throw error;
  }
}
