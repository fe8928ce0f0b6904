/** A record of a container's log, whichever driver wrote it, and how a file of them is read. */

export interface LogEntry {
  stream: 'stdout' | 'stderr';
  /** RFC 3339 in UTC with nanoseconds, all nine digits. */
  time: string;
  /** What was written, with its newline where its line ended. Bytes, where the driver keeps them. */
  log: string | Buffer;
  /** Labels and variables that were to be in every record: `--log-opt labels, env, tag`. */
  attributes: Readonly<Record<string, string>> | undefined;
}

/** Which file it is, whatever its name is by now. */
export interface Origin {
  inode: bigint;
  /** Nanoseconds since 1970: when its last record was written. Final once it was rotated away. */
  changed: bigint;
  compressed: boolean;
}

/** The bytes of one file, unpacked where they are compressed. */
export interface LogBytes {
  origin(): Origin;
  size(): number;
  /** As much as there is at `position`, or less, and at most as much as `to` holds. @returns how much; 0 at the end */
  read(to: Buffer, position: number): number;
  close(): void;
}

/** All that `to` holds, where there is so much: one read ends where a member of a compressed file does. @returns how much it was */
export function readWhole(file: LogBytes, to: Buffer, position: number): number {
  let done = 0;
  for (let count = -1; count !== 0 && done < to.length; done += count) count = file.read(to.subarray(done), position + done);
  return done;
}

/** How one driver's file is laid out. */
export interface LogFormat {
  /** Whole records from `offset` on, each with where the next one begins; one that is being written is left for the next time. */
  records(file: LogBytes, offset: number): Generator<{ bytes: Buffer; next: number }, void, void>;
  /** Where the last `count` records of the first `size` bytes begin, and how many there are, at most `count`. */
  seekBack(file: LogBytes, size: number, count: number): { offset: number; found: number };
  /** undefined: a record that a crash cut short, or that isn't the driver's. */
  parse(bytes: Buffer): LogEntry | undefined;
}

/** Nanoseconds since 1970 of an RFC 3339 time; what is none is 0. */
export function nanoseconds(time: string): bigint {
  const match = /^(.*?)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(time);
  const milliseconds = Date.parse(`${match?.[1] ?? ''}${match?.[3] ?? ''}`);
  if (match === null || Number.isNaN(milliseconds)) return 0n;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}

/** The other way round. */
export function timeOf(since1970: bigint): string {
  const seconds = new Date(Number(since1970 / 1_000_000n)).toISOString().slice(0, -'.000Z'.length);
  return `${seconds}.${String(since1970 % 1_000_000_000n).padStart(9, '0')}Z`;
}
