/** The bytes of one file of a log, as they were written: of a plain file, or of one that was compressed after it was rotated away. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { hasErrno } from '../model/errors.ts';
import { compressedBytes, plainOrigin } from './compressed-log.ts';
import type { LogBytes, Origin } from './log-entry.ts';

/** Inodes are used again: that of a plain file that is open is its own alone, another's is so only with its time. */
export function isSameFile(a: Origin, b: Origin): boolean {
  return a.inode === b.inode && ((!a.compressed && !b.compressed) || a.changed === b.changed);
}

/** Open the file at `path`, or `path`.gz; a file is compressed under its name, and only then the plain one goes. undefined: there is neither. */
export function openLogBytes(path: string): LogBytes | undefined {
  const plain = tryOpen(path);
  if (plain !== undefined) return plainBytes(plain);
  const compressed = tryOpen(`${path}.gz`);
  return compressed === undefined ? undefined : compressedBytes(compressed, `${path}.gz`);
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Which file is at `path`, or at `path`.gz. */
export function originAt(path: string): Origin | undefined {
  const plain = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (plain !== undefined) return plainOrigin(plain);
  const compressed = openLogBytes(path);
  const origin = compressed?.origin();
  compressed?.close();
  return origin;
}

function plainBytes(fd: number): LogBytes {
  return {
    origin: () => plainOrigin(fstatSync(fd, { bigint: true })),
    size: () => fstatSync(fd).size,
    read: (to, position) => readSync(fd, to, 0, to.length, position),
    close: () => closeSync(fd),
  };
}
