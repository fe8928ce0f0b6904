/** Writing to stdout and stderr at once and in order, without Node's streams, which cost milliseconds at the start. */
import { writeSync } from 'node:fs';
import { native } from '../kernel/native.ts';
import { hasErrno } from '../model/errors.ts';
import { visible } from '../model/printable.ts';

const STDOUT = 1;
const STDERR = 2;

/** How long to wait for a reader that doesn't read, between two tries. */
const PAUSE_MS = 5;

export function writeOut(text: string | Uint8Array): void {
  writeAll(STDOUT, text);
}

/**
 * Text in which strangers wrote (labels, commands, names of files), to stdout. On a terminal its control characters are shown instead of
 * obeyed; a pipe or file gets it as it is, as Docker's.
 */
export function writeShown(text: string): void {
  writeOut(native().isTerminal(STDOUT) ? visible(text) : text);
}

export function writeError(text: string | Uint8Array): void {
  writeAll(STDERR, text);
}

/**
 * Write all of it, waiting for a slow reader (a pipe that somebody made non-blocking answers EAGAIN).
 * @throws Node's error; EPIPE when the reader has left
 */
function writeAll(fd: number, text: string | Uint8Array): void {
  let rest = typeof text === 'string' ? Buffer.from(text) : text;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!hasErrno(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
