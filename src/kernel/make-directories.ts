/** A directory with those above it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasErrno } from '../model/errors.ts';

/**
 * Make a directory, and what is missing above it. Node's own `recursive` never ends where the kernel says ENOENT of a directory
 * that can't be made in one that is there: in /proc.
 * @param path absolute
 * @returns the uppermost one that was made; undefined: all of them were there
 * @throws Error of mkdir(2), with the path that can't be made
 */
export function makeDirectories(path: string, mode: number = 0o777): string | undefined {
  try {
    return makeOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    if (!hasErrno(error, 'ENOENT') || above === path) throw error;
    const first = makeDirectories(above, mode);
    const made = makeOne(path, mode);
    return first ?? made;
  }
}

/** @returns its path; undefined: it was there */
function makeOne(path: string, mode: number): string | undefined {
  try {
    mkdirSync(path, mode);
    return path;
  } catch (error) {
    if (hasErrno(error, 'EEXIST') && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    throw error;
  }
}
