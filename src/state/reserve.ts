/**
 * A little of the disk that is kept for giving disk back: a removal must write before it can remove (the database's log, the
 * lock of its place in scratch). On a full disk the removal gives the reserve up, and makes it again when there is room.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../kernel/native.ts';
import { hasErrno, isTsrunError } from '../model/errors.ts';
import { databaseError } from './database.ts';
import { reservePath, type EnginePaths } from './paths.ts';

/** Several files, so that it frees inodes, too: a place in scratch is two. */
const FILES = 8;
const FILE_BYTES: number = 128 * 1024;
const RESERVE_BYTES = FILES * FILE_BYTES;

/** With less than this, a removal takes the reserve. What one writes: a few pages of the database for each image, and index.json. */
const ENOUGH_BYTES = RESERVE_BYTES / 2;
/** With less than this beside it, no reserve is begun: who fills the disk up shall meet its end a little later, not now. */
const PLENTY_BYTES = 4 * RESERVE_BYTES;

/**
 * Make the reserve where it isn't there and the disk has plenty: called when something comes in. Where it is there, a look.
 * Only a removal on a full disk fails without it: so no failure here is one.
 */
export function keepReserve(paths: EnginePaths): void {
  if (!isWhole(fileName(paths, FILES - 1)) && room(paths).bytes >= PLENTY_BYTES) makeReserve(paths);
}

/** Remove something: on a full disk, with the room that was kept for that. What it didn't need is kept again. */
export function withReserve<Result>(paths: EnginePaths, work: () => Result): Result {
  const { bytes, inodes } = room(paths);
  if (bytes >= ENOUGH_BYTES && inodes >= FILES) return work();
  native().removeTree(reservePath(paths));
  settleFrees(paths);
  try {
    return work();
  } finally {
    makeReserve(paths);
  }
}

/** A journal (ext4, XFS) gives blocks to nobody before it has recorded that they are free. */
function settleFrees(paths: EnginePaths): void {
  const directory = openSync(paths.root, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** They are made in this order. */
const fileName = (paths: EnginePaths, index: number): string => join(reservePath(paths), String(index));

/** As much of it as there is room for. */
function makeReserve(paths: EnginePaths): void {
  // Random: a filesystem that compresses would keep no room for zeros.
  const bytes = native().randomBytes(FILE_BYTES);
  try {
    settleFrees(paths);
    mkdirSync(reservePath(paths), { mode: 0o700, recursive: true });
    for (let index = 0; index < FILES; index++) makeFile(fileName(paths, index), bytes);
  } catch {
    // It is full again, or another command makes it.
  }
}

/** Not synced, it may have lost its bytes with the power. */
const isWhole = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.size === FILE_BYTES;

/** Whole, or not at all. */
function makeFile(path: string, bytes: Uint8Array): void {
  if (isWhole(path)) return;
  const fd = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** As `withReserve`, where looking at the disk each time would cost more than trying: `work` is done again if it met a full one. */
export function retryWithReserve<Result>(paths: EnginePaths, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!isTsrunError(databaseError(error) ?? error, 'NO_SPACE') && !hasErrno(error, 'ENOSPC')) throw error;
    return withReserve(paths, work);
  }
}

/**
 * What may still be written by anybody. Not `bfree`: ext4 counts blocks among those that it gives to nobody (2 %, at most 16 MB), so a disk that is
 * full even for root has them. That root may sometimes write more than this costs a removal some milliseconds.
 */
function room(paths: EnginePaths): { bytes: number; inodes: number } {
  const unlimited = { bytes: Number.POSITIVE_INFINITY, inodes: Number.POSITIVE_INFINITY };
  try {
    const { blocks, bavail, bsize, files, ffree } = statfsSync(paths.root);
    // 0 of 0: there is no limit, or nobody counts.
    return {
      bytes: blocks === 0 ? unlimited.bytes : bavail * bsize,
      inodes: files === 0 ? unlimited.inodes : ffree,
    };
  } catch (error) {
    // Not made yet: nothing was kept for it either.
    if (hasErrno(error, 'ENOENT')) return unlimited;
    throw error;
  }
}
