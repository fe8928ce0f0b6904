/** Ask before something is removed. */
import { readSync } from 'node:fs';
import { hasErrno } from '../model/errors.ts';
import { writeOut } from './output.ts';

const STDIN = 0;
const NEWLINE = 10;
/** Longer than any answer. */
const LONGEST = 1024;

/** How long to wait for one who doesn't answer, between two tries: stdin may be one that doesn't block. */
const PAUSE_MS = 20;

/** Say what is about to happen, and ask whether it shall. @returns true for `y` alone; anything else, and nothing, is no */
export function confirm(warning: string): boolean {
  writeOut(`${warning}\nAre you sure you want to continue? [y/N] `);
  return readLine().trim().toLowerCase() === 'y';
}

/** Up to the end of the line, byte by byte: what follows is for whoever reads stdin after us. */
function readLine(): string {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (bytes.length < LONGEST) {
    try {
      if (readSync(STDIN, one) === 0 || one[0] === NEWLINE) break;
      bytes.push(one[0] ?? 0);
    } catch (error) {
      if (!hasErrno(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  return Buffer.from(bytes).toString();
}
