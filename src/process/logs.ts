/**
 * A container's log, as its monitor writes it: Docker's json-file, one JSON object a line. Rotated files are PATH.1
 * (the newest) and up. Everything is read synchronously: a reader of logs does nothing else.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { hasErrno } from '../model/errors.ts';

export interface LogEntry {
  stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  time: string;
  /** What was written, with its newline where it had one. */
  log: string;
}

export interface LogOptions {
  /** The last so many lines; undefined is all. */
  tail?: number | undefined;
  /** Nanoseconds since 1970: not before, not after. */
  since?: bigint | undefined;
  until?: bigint | undefined;
  /** Go on with what is written from now on. */
  follow?: Follow | undefined;
}

export interface Follow {
  /** Whether nothing will be written any more. */
  ended(): boolean;
  /** Let some time pass. */
  wait(): void;
}

const CHUNK = 64 * 1024;
const NEWLINE = 10;

/** The entries of the log at `path`, in order. A log that isn't there (yet) is empty. */
export function* readLog(path: string, options: LogOptions): Generator<LogEntry, void, void> {
  for (const line of lines(path, options)) {
    const entry = parseEntry(line);
    if (entry === undefined) continue;
    const time = options.since === undefined && options.until === undefined ? 0n : nanoseconds(entry.time);
    if (options.since !== undefined && time < options.since) continue;
    if (options.until !== undefined && time > options.until) return;
    yield entry;
  }
}

/** A line that a crash cut short, or that isn't ours, is passed over. */
function parseEntry(line: Uint8Array): LogEntry | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(line)) as LogEntry;
  } catch {
    return undefined;
  }
}

/** Nanoseconds since 1970 of an RFC 3339 time; NaN times are 0. */
export function nanoseconds(time: string): bigint {
  const match = /^(.*?)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(time);
  const milliseconds = Date.parse(`${match?.[1] ?? ''}${match?.[3] ?? ''}`);
  if (match === null || Number.isNaN(milliseconds)) return 0n;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}

/** An open file of the log. */
interface LogFile {
  fd: number;
  inode: number;
  /** Where reading goes on. */
  offset: number;
}

function open(path: string): LogFile | undefined {
  try {
    const fd = openSync(path, 'r');
    return { fd, inode: fstatSync(fd).ino, offset: 0 };
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const rotated = (path: string, index: number): string => (index === 0 ? path : `${path}.${index}`);

function* lines(path: string, { tail, follow }: LogOptions): Generator<Uint8Array, void, void> {
  const files = openAll(path);
  try {
    if (tail !== undefined) skipToTail(files, tail);
    for (const file of files.slice(0, -1)) yield* linesOf(file);
    let last = files.at(-1);
    if (last !== undefined) yield* linesOf(last);
    if (follow === undefined) return;
    for (;;) {
      const ended = follow.ended();
      last ??= open(path);
      if (last !== undefined) {
        yield* linesOf(last);
        const next = successor(path, last);
        if (next !== undefined) {
          // What came between the last read and the rotation.
          yield* linesOf(last);
          closeSync(last.fd);
          files.splice(files.indexOf(last), files.includes(last) ? 1 : 0);
          last = next;
          files.push(next);
          continue;
        }
      }
      if (ended) return;
      follow.wait();
    }
  } finally {
    for (const file of files) closeSync(file.fd);
  }
}

/** All files of the log, the oldest first. */
function openAll(path: string): LogFile[] {
  const files: LogFile[] = [];
  for (let index = 0; ; index++) {
    const file = open(rotated(path, index));
    if (file === undefined) return files;
    // A rotation between two opens shows the same file twice.
    if (files.some((each) => each.inode === file.inode)) closeSync(file.fd);
    else files.unshift(file);
  }
}

/** The file that follows `file`, when the log was rotated since; undefined while it is still the newest. */
function successor(path: string, file: LogFile): LogFile | undefined {
  for (let index = 0; ; index++) {
    const found = statSync(rotated(path, index), { throwIfNoEntry: false });
    if (found?.ino === file.inode) return index === 0 ? undefined : open(rotated(path, index - 1));
    // Rotated out of existence: go on with the oldest there is.
    if (found === undefined) return index === 0 ? undefined : open(rotated(path, index - 1));
  }
}

/** Whole lines from where the file was left; what has no end yet stays for the next time. */
function* linesOf(file: LogFile): Generator<Uint8Array, void, void> {
  let rest: Uint8Array = new Uint8Array();
  const chunk = new Uint8Array(CHUNK);
  for (;;) {
    const count = readSync(file.fd, chunk, 0, CHUNK, file.offset + rest.length);
    if (count === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = bytes.subarray(start, end);
      start = end + 1;
      file.offset += line.length + 1;
      yield line;
    }
    rest = bytes.subarray(start);
  }
}

/** Set the files' offsets so that `count` lines are left. */
function skipToTail(files: readonly LogFile[], count: number): void {
  let left = count;
  for (const file of files.toReversed()) {
    const size = fstatSync(file.fd).size;
    if (left === 0) file.offset = size;
    else left -= seekLines(file, size, left);
  }
}

/** Set `offset` before the last `count` lines of the file. @returns how many there are, at most `count` */
function seekLines(file: LogFile, size: number, count: number): number {
  const chunk = new Uint8Array(CHUNK);
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK);
    readSync(file.fd, chunk, 0, end - start, start);
    for (let at = end - start - 1; at >= 0; at--) {
      if (chunk[at] !== NEWLINE) continue;
      // The newline that ends the line before the ones wanted.
      if (found === count) {
        file.offset = start + at + 1;
        return count;
      }
      found++;
    }
    end = start;
  }
  file.offset = 0;
  return found;
}
