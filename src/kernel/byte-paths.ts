/**
 * File names that needn't be text. A *byte string* is a JavaScript string with one character (0-255) a byte: it compares,
 * splits and joins like text and loses nothing. Native calls take text; a name that isn't UTF-8 is renamed for the moment
 * of such a call: they are rare, and the trees where it is done have one writer.
 */
import { Buffer } from 'node:buffer';
import { lstatSync, renameSync } from 'node:fs';
import { native } from './native.ts';

/** A string with one character a byte. */
export type ByteString = string;

/** A path for Node's fs functions: pure ASCII names as they are, others as bytes. */
export function fsPath(bytes: ByteString): string | Buffer {
  for (let index = 0; index < bytes.length; index++) {
    if (bytes.charCodeAt(index) > 0x7f) return Buffer.from(bytes, 'latin1');
  }
  return bytes;
}

/** A byte string as a person reads it. */
export function printable(bytes: ByteString): string {
  return JSON.stringify(Buffer.from(bytes, 'latin1').toString('utf8'));
}

/** Text as a byte string. */
export function toBytes(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that encodes to exactly these bytes; undefined when none does. */
function asText(bytes: ByteString): string | undefined {
  let ascii = true;
  for (let index = 0; index < bytes.length && ascii; index++) ascii = bytes.charCodeAt(index) <= 0x7f;
  if (ascii) return bytes;
  const raw = Buffer.from(bytes, 'latin1');
  const text = raw.toString('utf8');
  return Buffer.from(text, 'utf8').equals(raw) ? text : undefined;
}

/** A name in the same directory tree that nothing has. `path` begins with the root, so that its first part is on the same filesystem. */
function spareName(path: ByteString): string {
  const slash = path.lastIndexOf('/');
  const directory = asText(path.slice(0, slash));
  // Where even the directory isn't UTF-8, go up until it is; the root is.
  if (directory === undefined) return spareName(path.slice(0, slash));
  for (let number = 0; ; number++) {
    const name = `${directory}/.tsrun-${number}`;
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name;
  }
}

function withText(path: ByteString, call: (text: string) => void): void {
  const text = asText(path);
  if (text !== undefined) {
    call(text);
    return;
  }
  const raw = Buffer.from(path, 'latin1');
  const spare = spareName(path);
  renameSync(raw, spare);
  try {
    call(spare);
  } finally {
    renameSync(spare, raw);
  }
}

/** All extended attributes of a file itself. */
export function readXattrs(path: ByteString): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  withText(path, (text) => {
    for (const name of native().llistxattr(text)) {
      const value = native().lgetxattr(text, name);
      if (value !== undefined) found.set(name, value);
    }
  });
  return found;
}

/** lsetxattr(2). */
export function setXattrBytes(path: ByteString, name: string, value: Uint8Array): void {
  withText(path, (text) => native().lsetxattr(text, name, value));
}

/** utimensat(2) of a file itself, both times. */
export function setTimesBytes(path: ByteString, seconds: number, nanoseconds: number): void {
  withText(path, (text) => native().lutimens(text, seconds, nanoseconds, seconds, nanoseconds));
}

/** mknod(2). */
export function makeNodeBytes(path: ByteString, mode: number, major: number, minor: number): void {
  const text = asText(path);
  if (text !== undefined) {
    native().mknod(text, mode, major, minor);
    return;
  }
  // rename(2) would replace what is there; mknod must not.
  const raw = Buffer.from(path, 'latin1');
  if (lstatSync(raw, { throwIfNoEntry: false }) !== undefined)
    throw Object.assign(new Error('EEXIST: file already exists, mknod'), { code: 'EEXIST', syscall: 'mknod' });
  const spare = spareName(path);
  native().mknod(spare, mode, major, minor);
  renameSync(spare, raw);
}
