/** Make a volume's directory, and give a new volume what the container's root has at its mount point. */
import { chmodSync, closeSync, constants, mkdirSync, openSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toBytes } from '../kernel/byte-paths.ts';
import { LOCK_EX } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { copyTree } from './copy-tree.ts';
import type { RootLayers } from './overlay.ts';
import { openDirectoryIn, withRoot } from './read-root.ts';

/**
 * See to it that the directory `data` (`volumes/NAME/_data`) is there. If `copy` and it is empty, it becomes a copy of the
 * directory at `target` in `root`, owner and mode too. Two at once on one volume take turns.
 * @throws TsrunError INVALID_ARGUMENT when the root has something else than a directory there; NO_SPACE.
 */
export function fillVolume(data: string, root: RootLayers, target: string, copy: boolean): void {
  const volume = dirname(data);
  if (!copy) {
    makeVolumeDirectory(data);
    return;
  }
  mkdirSync(volume, { recursive: true, mode: 0o701 });
  const lock = openSync(volume, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    native().flock(lock, LOCK_EX);
    const isThere = isDirectory(data);
    if (isThere && readdirSync(data).length > 0) return;
    const made = isThere ? data : join(volume, '_new');
    // What a killed one left half copied.
    if (!isThere) native().removeTree(made);
    makeDirectory(made);
    copyFromRoot(root, target, made);
    if (!isThere) renameSync(made, data);
  } catch (error) {
    if (!hasErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
    throw new TsrunError('NO_SPACE', `failed to populate volume at ${target}: no space left on device`, {
      step: 3,
      path: data,
      cause: error,
    });
  } finally {
    closeSync(lock);
  }
}

/** See to it that the directory `data` (`volumes/NAME/_data`) is there. */
export function makeVolumeDirectory(data: string): void {
  mkdirSync(dirname(data), { recursive: true, mode: 0o701 });
  makeDirectory(data);
}

function copyFromRoot(root: RootLayers, target: string, into: string): void {
  withRoot(root, (fd) => {
    let from: number | undefined;
    try {
      from = openDirectoryIn(fd, target);
    } catch (error) {
      if (!hasErrno(error, 'ENOTDIR')) throw error;
      throw new TsrunError('INVALID_ARGUMENT', `cannot mount volume over existing file, file exists ${target}`, {
        step: 3,
        path: target,
        cause: error,
      });
    }
    if (from === undefined) return;
    try {
      copyTree(`/proc/self/fd/${from}/.`, toBytes(into));
    } finally {
      closeSync(from);
    }
  });
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, 0o755);
    // Whatever the umask.
    chmodSync(path, 0o755);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
  }
}

function isDirectory(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
