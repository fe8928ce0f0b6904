/**
 * Compiled filters on disk, so that a run reads one file instead of compiling. A file is a header and the filter:
 * magic, version of this form, flags, number of instructions, checksum of the filter (32 bits each, little-endian).
 * A file that isn't whole is as good as none.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROFILE_VERSION } from './version.ts';
import type { Circumstances } from './circumstances.ts';
import type { SeccompFilter } from './types.ts';

const MAGIC = 0x42535354; // "TSSB"
const FORM = 1;
const HEADER_SIZE = 20;
const INSTRUCTION_SIZE = 8;

/** Where the default profile's filter for these circumstances lies. */
export function cachedFilterPath(directory: string, { processor, capabilities, kernel }: Circumstances): string {
  const release = kernel.replace(/[^\w.+-]/g, '_');
  return join(directory, `seccomp-${PROFILE_VERSION}-${processor}-${capabilities.toString(16)}-${release}.bpf`);
}

/** FNV-1a over 32-bit words: finds torn and rotten files, not forged ones (the directory is root's). */
function checksum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 4) sum = Math.imul(sum ^ view.getUint32(at, true), 0x01000193);
  return sum >>> 0;
}

/** A cached filter; undefined where there is none that is whole. */
export function readCachedFilter(path: string): SeccompFilter | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  const size = bytes.length - HEADER_SIZE;
  if (size <= 0 || size % INSTRUCTION_SIZE !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_SIZE);
  const filter = bytes.subarray(HEADER_SIZE);
  const word = (index: number): number => view.getUint32(4 * index, true);
  const whole = word(0) === MAGIC && word(1) === FORM && word(3) * INSTRUCTION_SIZE === size && word(4) === checksum(filter);
  return whole ? { filter, flags: word(2) } : undefined;
}

/** Put a filter into the cache, whole or not at all. A cache that can't be written is no error: the filter is compiled again. */
export function writeCachedFilter(path: string, { filter, flags }: SeccompFilter): void {
  const header = new Uint8Array(HEADER_SIZE);
  const view = new DataView(header.buffer);
  [MAGIC, FORM, flags, filter.length / INSTRUCTION_SIZE, checksum(filter)].forEach((value, index) =>
    view.setUint32(4 * index, value, true),
  );
  const scratch = `${path}.${process.pid}`;
  try {
    // Not recursive: the engine's root is there, and below /proc Node would try for ever.
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { mode: 0o700 });
    const fd = openSync(scratch, 'w', 0o600);
    try {
      writeSync(fd, header);
      writeSync(fd, filter);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(scratch, path);
  } catch {
    rmSync(scratch, { force: true });
  }
}
