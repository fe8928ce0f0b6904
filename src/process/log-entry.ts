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

/** How one driver's file is laid out. */
export interface LogFormat {
  /** Whole records from `offset` on, each with where the next one begins; one that is being written is left for the next time. */
  records(fd: number, offset: number): Generator<{ bytes: Buffer; next: number }, void, void>;
  /** Where the last `count` records of the first `size` bytes begin, and how many there are, at most `count`. */
  seekBack(fd: number, size: number, count: number): { offset: number; found: number };
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
