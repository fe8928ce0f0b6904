/**
 * Places in `scratch/` where things are made. Each has a lock file beside it, held by its maker: a free lock means that
 * the maker is dead, and what it made is garbage.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { scratchDirectory, type EnginePaths } from './paths.ts';

/** A locked place: an empty directory of its own. */
export interface Scratch {
  readonly directory: string;
  /** Remove what is left, and give up the lock. */
  release(): void;
}

/** Take the place `name` if nobody has it. */
export function tryScratch(paths: EnginePaths, name: string): Scratch | undefined {
  const directory = join(scratchDirectory(paths), name);
  const lockPath = `${directory}.lock`;
  const lock = openLock(paths, lockPath);
  try {
    // The one who held it may have removed the file between our open and our lock.
    if (!native().flock(lock, LOCK_EX | LOCK_NB) || !isSameFile(lock, lockPath)) {
      closeSync(lock);
      return undefined;
    }
    native().removeTree(directory);
    makePlace(directory, lockPath);
  } catch (error) {
    closeQuietly(lock);
    throw error;
  }
  let released = false;
  return {
    directory,
    release() {
      if (released) return;
      released = true;
      try {
        native().removeTree(directory);
        unlinkSync(lockPath);
      } finally {
        closeSync(lock);
      }
    },
  };
}

/** A lock file without its place would look like a dead maker's. */
function makePlace(directory: string, lockPath: string): void {
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    unlinkSync(lockPath);
    throw error;
  }
}

/** How long a sweep may hold a place that was just made: it may be mending the store in there. */
const SWEEP_MS = 60_000;

/**
 * Take a place whose name is this process's own. Between the making of its lock file and the lock, another command's sweep may
 * take it for a dead one's; it lets go again soon.
 * @throws TsrunError INTERNAL where somebody else keeps it
 */
export function ownScratch(paths: EnginePaths, name: string): Scratch {
  const deadline = process.hrtime.bigint() + BigInt(SWEEP_MS) * 1_000_000n;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    const scratch = tryScratch(paths, name);
    if (scratch !== undefined) return scratch;
    if (process.hrtime.bigint() > deadline) throw new TsrunError('INTERNAL', `another process keeps the place ${name} in scratch`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
}

/** Take the place `name`, waiting while another has it; `isDone` is asked before each try and ends the wait with undefined. */
export async function awaitScratch(paths: EnginePaths, name: string, isDone: () => boolean): Promise<Scratch | undefined> {
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    const scratch = tryScratch(paths, name);
    if (scratch !== undefined) {
      // Asked with the lock held: whoever had it before has finished what it did.
      if (!isDone()) return scratch;
      scratch.release();
      return undefined;
    }
    if (isDone()) return undefined;
    await delay(pause);
  }
}

/**
 * Remove what dead makers left.
 * @param found told of each place before it goes, with its lock held: whoever is killed in there is found by the next one
 * @returns how many places were removed.
 */
export function sweepScratch(paths: EnginePaths, found: (name: string) => void = () => {}): number {
  let removed = 0;
  for (const name of placeNames(paths)) {
    const scratch = tryScratch(paths, name);
    if (scratch === undefined) continue;
    try {
      found(name);
    } finally {
      // Where that failed, what it was for is for `tsrun doctor` to find: a place that can't be swept must not stop every command.
      scratch.release();
    }
    removed++;
  }
  return removed;
}

/** Places whose makers are dead. Changes nothing. */
export function deadPlaces(paths: EnginePaths): string[] {
  return placeNames(paths).filter((name) => {
    let lock: number;
    try {
      lock = openSync(join(scratchDirectory(paths), `${name}.lock`), 'r');
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return existsSync(join(scratchDirectory(paths), name));
      throw error;
    }
    try {
      return native().flock(lock, LOCK_SH | LOCK_NB);
    } finally {
      closeSync(lock);
    }
  });
}

function placeNames(paths: EnginePaths): string[] {
  try {
    return [...new Set(readdirSync(scratchDirectory(paths)).map((name) => name.replace(/\.lock$/, '')))];
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function openLock(paths: EnginePaths, path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    mkdirSync(scratchDirectory(paths), { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  }
}

function isSameFile(fd: number, path: string): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now !== undefined && now.ino === fstatSync(fd).ino;
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // it was closed
  }
}

const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
