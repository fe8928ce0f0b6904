/** Docker's json-file: one JSON object a line. */
import { readWhole, type LogBytes, type LogEntry, type LogFormat } from './log-entry.ts';

const CHUNK = 64 * 1024;
const NEWLINE = 10;

interface JsonRecord {
  log?: string;
  stream?: string;
  attrs?: Record<string, string>;
  time?: string;
}

function* records(file: LogBytes, offset: number): Generator<{ bytes: Buffer; next: number }, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  const chunk = Buffer.allocUnsafe(CHUNK);
  let at = offset;
  for (;;) {
    const count = file.read(chunk, at + rest.length);
    if (count === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE, rest.length); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      at += end + 1 - start;
      yield { bytes: bytes.subarray(start, end), next: at };
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

function seekBack(file: LogBytes, size: number, count: number): { offset: number; found: number } {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK);
    readWhole(file, chunk.subarray(0, end - start), start);
    for (let at = end - start - 1; at >= 0; at--) {
      if (chunk[at] !== NEWLINE) continue;
      // The newline that ends the line before the ones wanted.
      if (found === count) return { offset: start + at + 1, found };
      found++;
    }
    end = start;
  }
  return { offset: 0, found };
}

function parse(bytes: Buffer): LogEntry | undefined {
  try {
    const { log = '', stream, attrs, time = '' } = JSON.parse(bytes.toString()) as JsonRecord;
    return { stream: stream === 'stderr' ? 'stderr' : 'stdout', time: withNineDigits(time), log, attributes: attrs };
  } catch {
    return undefined;
  }
}

/** Go leaves trailing zeros away where it writes the file, and not where it prints. */
function withNineDigits(time: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(time);
  return match === null ? time : `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}

export const jsonLog: LogFormat = { records, seekBack, parse };
