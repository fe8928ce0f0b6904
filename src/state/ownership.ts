/**
 * Who owns a container that is alive: whoever holds the lock `${state}/containers/ID/lock`. The command that starts a
 * container takes it and hands the open file to the monitor, so it is held as long as either of them lives, and the
 * kernel frees it whatever kills them. A free lock means: nobody owns this container, reclaim it.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../kernel/make-directories.ts';
import { native } from '../kernel/native.ts';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../kernel/constants.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { liveContainerDirectory, liveDirectory, rootMountPoint, type EnginePaths } from './paths.ts';
import { shortId } from '../model/short-id.ts';

/**
 * A directory is made, and removed, under another name than its container's: that name is there with a held lock, or not at
 * all. Both tell which process it was, for two may try at once.
 */
const beingMade = (id: string): string => `.new-${process.pid}-${id}`;
const beingRemoved = (id: string): string => `.gone-${process.pid}-${id}`;

/**
 * Become the owner of a container that nobody owns yet: its live directory appears with the lock already held.
 * @returns the lock's file descriptor; close it (or let the process end) to give the container up.
 * @throws TsrunError CONFLICT when it is alive already.
 */
export function ownContainer(paths: EnginePaths, id: string): number {
  const made = join(liveDirectory(paths), beingMade(id));
  makeDirectory(paths, made);
  const lock = openSync(join(made, 'lock'), 'w', 0o600);
  try {
    native().flock(lock, LOCK_EX);
    renameSync(made, liveContainerDirectory(paths, id));
    return lock;
  } catch (error) {
    closeSync(lock);
    native().removeTree(made);
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw new TsrunError('CONFLICT', `container ${shortId(id)} is running already`);
    throw error;
  }
}

/** Give a container up: its live directory goes at once, and then the lock, which the caller holds, is freed. */
export function disownContainer(paths: EnginePaths, id: string, lock: number): void {
  const gone = join(liveDirectory(paths), beingRemoved(id));
  try {
    renameSync(liveContainerDirectory(paths, id), gone);
    native().removeTree(gone);
  } finally {
    closeSync(lock);
  }
}

function makeDirectory(paths: EnginePaths, directory: string): void {
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    // The live directory last: where it is, the mount point is.
    makeDirectories(rootMountPoint(paths), 0o755);
    makeDirectories(liveDirectory(paths), 0o711);
    mkdirSync(directory, 0o700);
  }
}

/**
 * Take over a container that nobody owns any more.
 * @returns the lock's file descriptor, or undefined: somebody owns it, or it is gone.
 */
export function takeOver(paths: EnginePaths, name: string): number | undefined {
  const path = join(liveDirectory(paths), name, 'lock');
  let lock: number;
  try {
    lock = openSync(path, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  // Another command may have taken over, reclaimed and removed it between our open and our lock.
  if (native().flock(lock, LOCK_EX | LOCK_NB) && isSameFile(lock, path)) return lock;
  closeSync(lock);
  return undefined;
}

function isSameFile(fd: number, path: string): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now !== undefined && now.ino === fstatSync(fd).ino;
}

/** Whether somebody owns this container: its monitor, or a command that is starting or reclaiming it. */
export function isOwned(paths: EnginePaths, id: string): boolean {
  let lock: number;
  try {
    lock = openSync(join(liveContainerDirectory(paths, id), 'lock'), 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
  try {
    // Shared: two that look at the same time don't take each other for the owner.
    return !native().flock(lock, LOCK_SH | LOCK_NB);
  } finally {
    closeSync(lock);
  }
}

/** After so long a process whose pid is alive is another's, unless it holds the lock. */
const OLD_MS = 60_000;

/**
 * Remove a directory that was being made or removed by a process that was killed. One whose process lives is left alone,
 * though its lock may be free: it may not have taken it yet.
 */
export function removeLeftover(paths: EnginePaths, name: string): void {
  const path = join(liveDirectory(paths), name);
  const maker = /^\.(?:new|gone)-(\d+)-/.exec(name)?.[1];
  if (maker !== undefined && existsSync(`/proc/${maker}`)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || Date.now() - found.mtimeMs < OLD_MS || isOwned(paths, name)) return;
  }
  native().removeTree(path);
}

/** Names in the live directory: container IDs, and directories that were being made. */
export function liveNames(paths: EnginePaths): string[] {
  try {
    return readdirSync(liveDirectory(paths));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Whether a name in the live directory is a container's own: not that of a directory that was being made or removed. */
export const isContainerName = (name: string): boolean => !name.startsWith('.');
