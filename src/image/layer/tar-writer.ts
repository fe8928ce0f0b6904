/**
 * Writes a tar into a file descriptor, a pipe or a terminal's redirection, with synchronous calls and one buffer: file data is
 * read straight into the place where it leaves from, so memory stays the same whatever the archive's size.
 */
import { Buffer } from 'node:buffer';
import { readSync, writeSync } from 'node:fs';
import { hasErrno } from '../../model/errors.ts';
import type { TarEntry } from './tar-format.ts';
import { encodeHeader, END_OF_ARCHIVE, paddingOf } from './tar-header.ts';

const BUFFER_BYTES: number = 1024 * 1024;
/** How long to wait for a reader that doesn't read, between two tries. */
const PAUSE_MS = 2;

/** Where the bytes go. They are only lent. */
export type TarSink = (bytes: Uint8Array) => void;

export class TarWriter {
  readonly #sink: TarSink;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #fill = 0;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** An entry without data: anything but a regular file, or an empty one. */
  entry(entry: TarEntry): void {
    this.#put(encodeHeader(entry));
  }

  /**
   * A regular file with `entry.size` bytes of `fd`, from its beginning. One that shrinks meanwhile is filled up with zeros, as GNU tar does: its
   * header is written already.
   */
  file(entry: TarEntry, fd: number): void {
    this.#put(encodeHeader(entry));
    let position = 0;
    while (position < entry.size) {
      if (this.#fill === BUFFER_BYTES) this.#flush();
      const count = readSync(fd, this.#buffer, this.#fill, Math.min(BUFFER_BYTES - this.#fill, entry.size - position), position);
      if (count === 0) break;
      this.#fill += count;
      position += count;
    }
    this.#zeros(entry.size - position + paddingOf(entry.size));
  }

  /** The end mark. */
  finish(): void {
    this.#put(END_OF_ARCHIVE);
    this.#flush();
  }

  #put(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#fill === BUFFER_BYTES) this.#flush();
      const length = bytes.copy(this.#buffer, this.#fill, at);
      this.#fill += length;
      at += length;
    }
  }

  #zeros(count: number): void {
    for (let rest = count; rest > 0;) {
      if (this.#fill === BUFFER_BYTES) this.#flush();
      const length = Math.min(rest, BUFFER_BYTES - this.#fill);
      this.#buffer.fill(0, this.#fill, this.#fill + length);
      this.#fill += length;
      rest -= length;
    }
  }

  #flush(): void {
    if (this.#fill > 0) this.#sink(this.#buffer.subarray(0, this.#fill));
    this.#fill = 0;
  }
}

/** A sink that writes all of it to `fd`, waiting for a slow reader where the descriptor doesn't block. */
export function writeTo(fd: number): TarSink {
  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(fd, bytes, at, bytes.length - at);
      } catch (error) {
        if (!hasErrno(error, 'EAGAIN')) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
      }
    }
  };
}
