/** A journal that a test holds: what it was sent, as fields. It begins to read when it is told to. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from './command.ts';
import { until } from './wait.ts';

export interface Journal {
  socket: string;
  /** What it has read so far. */
  entries(): Record<string, string>[];
  /** Read from now on. */
  read(): void;
  kill(): void;
}

/** Bind a journal's socket in `directory`. */
export async function startJournal(t: ExecutionContext, directory: string): Promise<Journal> {
  const program = join(directory, 'journal');
  const socket = join(directory, 'journal.socket');
  await mustRun('cc', ['-o', program, join(import.meta.dirname, '../native/programs/journal.c')]);
  const child = spawn(program, [socket], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const entries: Record<string, string>[] = [];
  let isBound = false;
  let rest = Buffer.alloc(0);
  child.stdout.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    if (!isBound && rest.length < BOUND.length) return;
    if (!isBound) rest = rest.subarray(BOUND.length);
    isBound = true;
    rest = takeDatagrams(rest, (datagram) => entries.push(fields(datagram)));
  });
  await until('the journal listens', () => isBound);
  return {
    socket,
    entries: () => entries,
    read: () => void child.stdin.write('\n'),
    kill: () => void child.kill('SIGKILL'),
  };
}

const BOUND = 'bound\n';

/** @returns what is no whole datagram yet */
function takeDatagrams(bytes: Buffer<ArrayBuffer>, take: (datagram: Buffer) => void): Buffer<ArrayBuffer> {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 8), 16);
    if (at + 8 + length > bytes.length) break;
    take(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return bytes.subarray(at);
}

/** The journal's native form: `NAME=value`, or a name, a length of 8 bytes, and the value. */
function fields(datagram: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < datagram.length;) {
    const end = datagram.indexOf(10, at);
    const line = datagram.toString('utf8', at, end);
    const equals = line.indexOf('=');
    if (equals >= 0) {
      found[line.slice(0, equals)] = line.slice(equals + 1);
      at = end + 1;
    } else {
      const length = Number(datagram.readBigUInt64LE(end + 1));
      found[line] = datagram.toString('utf8', end + 9, end + 9 + length);
      at = end + 9 + length + 1;
    }
  }
  return found;
}
