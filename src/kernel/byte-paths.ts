/**
 * File names that needn't be text. A *byte string* is a JavaScript string with one character (0-255) a byte: it compares,
 * splits and joins like text and loses nothing.
 */
import { Buffer } from 'node:buffer';
import { hasErrno } from '../model/errors.ts';
import { native } from './native.ts';

/** A string with one character a byte. */
export type ByteString = string;

/** A path for Node's fs functions and for native ones: pure ASCII names as they are, others as bytes. */
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

/** All extended attributes of a file itself; none on a file system that has no such thing. */
export function readXattrs(path: ByteString): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of listXattrs(path)) {
    const value = native().lgetxattr(fsPath(path), name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

function listXattrs(path: ByteString): string[] {
  try {
    return native().llistxattr(fsPath(path));
  } catch (error) {
    if (hasErrno(error, 'ENOTSUP', 'EOPNOTSUPP')) return [];
    throw error;
  }
}
