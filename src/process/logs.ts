/**
 * A container's log, as its monitor writes it: files of records, of which PATH is the newest, PATH.1 (or PATH.1.gz) the one before it, and
 * so on. Everything is read synchronously: a reader of logs does nothing else. It holds one record at a time, and nobody waits for it.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { hasErrno } from '../model/errors.ts';
import { isSameFile, openLogBytes, originAt } from './log-bytes.ts';
import { nanoseconds, type LogBytes, type LogEntry, type LogFormat, type Origin } from './log-entry.ts';

export interface LogOptions {
  /** The last so many records; undefined is all. */
  tail?: number | undefined;
  /** Nanoseconds since 1970: not before, not after. */
  since?: bigint | undefined;
  until?: bigint | undefined;
  /** Go on with what is written from now on, until this says that nothing will be written any more. */
  follow?: { ended(): boolean } | undefined;
}

/**
 * The entries of the log at `path`, in order. A log that isn't there (yet) is empty.
 * @returns `undefined` among them where it is followed and there is nothing more for now: let some time pass before asking again
 */
export function readLog(path: string, format: LogFormat, options: LogOptions & { follow?: undefined }): Generator<LogEntry, void, void>;
export function readLog(path: string, format: LogFormat, options: LogOptions): Generator<LogEntry | undefined, void, void>;
export function* readLog(path: string, format: LogFormat, options: LogOptions): Generator<LogEntry | undefined, void, void> {
  for (const bytes of records(path, format, options)) {
    if (bytes === undefined) {
      yield undefined;
      continue;
    }
    const entry = format.parse(bytes);
    if (entry === undefined) continue;
    const time = options.since === undefined && options.until === undefined ? 0n : nanoseconds(entry.time);
    if (options.since !== undefined && time < options.since) continue;
    if (options.until !== undefined && time > options.until) return;
    yield entry;
  }
}

/** An open file of the log. */
interface LogFile {
  bytes: LogBytes;
  /** Where reading goes on. */
  offset: number;
}

function open(path: string): LogFile | undefined {
  const bytes = openLogBytes(path);
  return bytes === undefined ? undefined : { bytes, offset: 0 };
}

const rotated = (path: string, index: number): string => (index === 0 ? path : `${path}.${index}`);

function* records(path: string, format: LogFormat, { tail, follow }: LogOptions): Generator<Buffer | undefined, void, void> {
  const files = openAll(path);
  try {
    if (tail !== undefined) skipToTail(files, format, tail);
    for (const file of files.slice(0, -1)) yield* recordsOf(file, format);
    let last = files.at(-1);
    if (last !== undefined) yield* recordsOf(last, format);
    if (follow === undefined) return;
    for (;;) {
      const ended = follow.ended();
      last ??= open(path);
      if (last !== undefined) {
        if (!files.includes(last)) files.push(last);
        yield* recordsOf(last, format);
        const next = successor(path, last);
        if (next !== undefined) {
          // What came between the last read and the rotation.
          files.push(next);
          yield* recordsOf(last, format);
          last.bytes.close();
          files.splice(files.indexOf(last), 1);
          last = next;
          continue;
        }
      }
      if (ended) return;
      yield undefined;
    }
  } finally {
    for (const file of files) file.bytes.close();
  }
}

/**
 * All files of the log, the oldest first. In the midst of a rotation one number is missing, the newest's or another's; where the
 * monitor was killed in there, it stays so. Files only move up, so whoever goes that way misses none.
 */
function openAll(path: string): LogFile[] {
  const files: LogFile[] = [];
  for (let index = 0; ; index++) {
    const file = open(rotated(path, index));
    if (file === undefined && !hasOlder(path, index)) return files;
    if (file === undefined) continue;
    // A rotation between two opens shows the same file twice, and the second time it may be compressed.
    const origin = file.bytes.origin();
    if (files.some(({ bytes }) => isSameFile(bytes.origin(), origin))) file.bytes.close();
    else files.unshift(file);
  }
}

/** Whether there is a file with a greater number. */
function hasOlder(path: string, index: number): boolean {
  const prefix = `${basename(path)}.`;
  try {
    return readdirSync(dirname(path)).some(
      (name) => name.startsWith(prefix) && Number(name.slice(prefix.length).replace('.gz', '')) > index,
    );
  } catch (error) {
    // Removed with its container, or not made yet.
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The file that follows `file`, when the log was rotated since; undefined while it is still the newest. */
function successor(path: string, file: LogFile): LogFile | undefined {
  for (;;) {
    const newer = findNewer(path, file);
    if (newer === undefined) return undefined;
    const next = open(rotated(path, newer.index));
    if (next !== undefined && isSameFile(next.bytes.origin(), newer.origin)) return next;
    // Rotated between the two looks: that name is another file's by now.
    next?.bytes.close();
  }
}

/** The number of the file that follows `file` now; of the oldest there is, where `file` was rotated out of existence. */
function findNewer(path: string, file: LogFile): { index: number; origin: Origin } | undefined {
  let newer: { index: number; origin: Origin } | undefined;
  for (let index = 0; ; index++) {
    const origin = originAt(rotated(path, index));
    if (origin === undefined) {
      if (!hasOlder(path, index)) return newer;
    } else {
      if (isSameFile(origin, file.bytes.origin())) return newer;
      newer = { index, origin };
    }
  }
}

/** Whole records from where the file was left; one that has no end yet stays for the next time. */
function* recordsOf(file: LogFile, format: LogFormat): Generator<Buffer, void, void> {
  for (const { bytes, next } of format.records(file.bytes, file.offset)) {
    file.offset = next;
    yield bytes;
  }
}

/** Set the files' offsets so that `count` records are left. */
function skipToTail(files: readonly LogFile[], format: LogFormat, count: number): void {
  let left = count;
  for (const file of files.toReversed()) {
    const size = file.bytes.size();
    const { offset, found } = left === 0 ? { offset: size, found: 0 } : format.seekBack(file.bytes, size, left);
    file.offset = offset;
    left -= found;
  }
}
