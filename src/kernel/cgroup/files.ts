/** Reading and writing cgroup files, and waiting for the kernel. Every write is told to `--explain`. */
import { closeSync, constants, openSync, writeFileSync, writeSync } from 'node:fs';
import { readKernelFile } from '../kernel-file.ts';
import { hasErrno } from '../../model/errors.ts';
import { traceCall } from '../trace.ts';
import { blockOn, type Waiting } from '../waiting.ts';

/**
 * Write each of `data` with a write(2) of its own. Opened for writing alone: some of these files can't be read.
 * Throws Node's errors.
 */
export function writeCgroupFile(path: string, ...data: readonly string[]): void {
  const words = (): string => data.map((text) => `echo ${text} > ${path}`).join('; ');
  traceCall('write', words, () => {
    // One string is one call into the binding: open, write, close.
    if (data.length === 1) return writeFileSync(path, data[0] as string, { flag: constants.O_WRONLY as unknown as string });
    const fd = openSync(path, constants.O_WRONLY);
    try {
      for (const text of data) writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
  });
}

/** A file's text without the last newline; undefined where it isn't there (or its directory was removed meanwhile). */
export function readCgroupFile(path: string): string | undefined {
  try {
    return readKernelFile(path).trimEnd();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENODEV')) return undefined;
    throw error;
  }
}

/** `key value` lines, as memory.events and cpu.stat have them. */
export function readKeyed(path: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of (readCgroupFile(path) ?? '').split('\n')) {
    const [key, value] = line.split(' ');
    if (key !== undefined && value !== undefined) values.set(key, Number(value));
  }
  return values;
}

/** Milliseconds of a clock that only goes forward. The first use of `performance` would load 3 ms of Node. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Try until `attempt` returns true or the time is up: soon at first, then every 10 ms. Whether it did. */
export function* trying(milliseconds: number, attempt: () => boolean): Waiting<boolean> {
  const end = now() + milliseconds;
  for (let pause = 0.2; ; pause = Math.min(10, pause * 2)) {
    if (attempt()) return true;
    if (now() >= end) return false;
    yield { ms: pause };
  }
}

/** `trying`, and nothing else meanwhile. */
export function retry(milliseconds: number, attempt: () => boolean): boolean {
  return blockOn(trying(milliseconds, attempt));
}
