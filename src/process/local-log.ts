/**
 * Docker's `local` driver: protobuf messages, each with its length before and behind it (native/monitor/log_local.c writes them,
 * and says what is in one). Source: moby, api/types/plugins/logdriver/entry.proto and daemon/logger/local.
 */
import { readWhole, timeOf, type LogBytes, type LogEntry, type LogFormat } from './log-entry.ts';

const LENGTH = 4;
/** More than any driver writes: what claims to be longer is no record. */
const LONGEST = 1 << 20;
const CHUNK = 64 * 1024;
const NEWLINE = Buffer.from('\n');

function* records(file: LogBytes, offset: number): Generator<{ bytes: Buffer; next: number }, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  const chunk = Buffer.allocUnsafe(CHUNK);
  let at = offset;
  for (;;) {
    const count = file.read(chunk, at + rest.length);
    if (count === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, count)]);
    while (rest.length >= LENGTH) {
      const length = rest.readUInt32BE(0);
      // Torn by a crash: what follows can't be found.
      if (length > LONGEST) return;
      const whole = length + 2 * LENGTH;
      if (rest.length < whole) break;
      at += whole;
      yield { bytes: rest.subarray(LENGTH, LENGTH + length), next: at };
      rest = rest.subarray(whole);
    }
  }
}

/** From the end, by the lengths behind the records; where they are torn, from the beginning. */
function seekBack(file: LogBytes, size: number, count: number): { offset: number; found: number } {
  let offset = size;
  let found = 0;
  while (found < count && offset > 0) {
    const length = lengthAt(file, offset - LENGTH);
    const start = offset - length - 2 * LENGTH;
    if (start < 0 || lengthAt(file, start) !== length) return seekFromStart(file, count);
    offset = start;
    found++;
  }
  return { offset, found };
}

function lengthAt(file: LogBytes, offset: number): number {
  const bytes = Buffer.alloc(LENGTH);
  return offset >= 0 && readWhole(file, bytes, offset) === LENGTH ? bytes.readUInt32BE(0) : -1;
}

function seekFromStart(file: LogBytes, count: number): { offset: number; found: number } {
  const starts = [0];
  for (const { next } of records(file, 0)) {
    starts.push(next);
    if (starts.length > count + 1) starts.shift();
  }
  return { offset: starts[0] ?? 0, found: starts.length - 1 };
}

interface Field {
  number: number;
  varint: bigint;
  bytes: Buffer;
}

/** Protobuf's wire format, as far as this message uses it. */
function* fieldsOf(message: Buffer): Generator<Field, void, void> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new RangeError('a number without an end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = key >> 3;
    if ((key & 7) === 0) yield { number, varint: varint(), bytes: Buffer.alloc(0) };
    else if ((key & 7) === 2) {
      const length = Number(varint());
      if (at + length > message.length) throw new RangeError('bytes without an end');
      yield { number, varint: 0n, bytes: message.subarray(at, at + length) };
      at += length;
    } else throw new RangeError(`field ${number} is of a kind that this message has not`);
  }
}

function parse(message: Buffer): LogEntry | undefined {
  const entry = { source: 'stdout', time: 0n, line: Buffer.alloc(0) as Buffer, ends: true };
  try {
    for (const { number, varint, bytes } of fieldsOf(message)) {
      if (number === 1) entry.source = bytes.toString();
      else if (number === 2) entry.time = varint;
      else if (number === 3) entry.line = bytes;
      // A part of a line, and whether it is the last.
      else if (number === 5) entry.ends = [...fieldsOf(bytes)].some((each) => each.number === 1 && each.varint !== 0n);
    }
  } catch {
    return undefined;
  }
  return {
    stream: entry.source === 'stderr' ? 'stderr' : 'stdout',
    time: timeOf(entry.time),
    log: Buffer.concat(entry.ends ? [entry.line, NEWLINE] : [entry.line]),
    attributes: undefined,
  };
}

export const localLog: LogFormat = { records, seekBack, parse };
