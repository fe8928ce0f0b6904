/** How much a directory tree holds. */
import { closeSync, constants, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { fsPath, toBytes, type ByteString } from '../kernel/byte-paths.ts';
import { hasErrno } from '../model/errors.ts';

/** Longer paths begin at an open directory: a program nests directories deeper than a path can be. */
const LONGEST_PATH = 3000;

/**
 * Bytes of all that isn't a directory under `root`, as Docker counts containers and volumes: a file with several names once. What
 * disappears meanwhile, and a root that isn't there, count as nothing.
 * @param counts which of it counts: of a layer, files.
 */
export function treeSize(root: string, counts: (stats: Stats) => boolean = () => true): number {
  const seen = new Set<string>();
  let size = 0;
  // No recursion: that has an end, too. A number is a descriptor that nothing above it on the stack needs.
  const waiting: (ByteString | number)[] = [toBytes(root)];
  try {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (typeof next === 'number') {
        closeSync(next);
        continue;
      }
      const directory = next.length < LONGEST_PATH ? next : openLong(next, waiting);
      if (directory === undefined) continue;
      for (const name of namesIn(directory)) {
        const path = join(directory, name);
        const found = statOf(path);
        if (found === undefined) continue;
        if (found.isDirectory()) {
          waiting.push(path);
          continue;
        }
        const key = `${found.dev}:${found.ino}`;
        if (found.nlink > 1 && seen.has(key)) continue;
        if (found.nlink > 1) seen.add(key);
        if (counts(found)) size += found.size;
      }
    }
  } finally {
    for (const left of waiting) if (typeof left === 'number') closeSync(left);
  }
  return size;
}

/** A short path to a directory, which is closed when all below it was looked at; undefined: it is gone, or something else. */
function openLong(directory: ByteString, waiting: (ByteString | number)[]): ByteString | undefined {
  try {
    const fd = openSync(fsPath(directory), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    waiting.push(fd);
    return `/proc/self/fd/${fd}`;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/** Names are bytes: one that isn't UTF-8 is kept as it is. */
function namesIn(directory: ByteString): ByteString[] {
  try {
    return readdirSync(fsPath(directory), { encoding: 'latin1' });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function statOf(path: ByteString): Stats | undefined {
  return lstatSync(fsPath(path), { throwIfNoEntry: false });
}
