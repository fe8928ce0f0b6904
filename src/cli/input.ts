/** Standard input as a stream of bytes, for the commands that read an archive there. */
import { createReadStream } from 'node:fs';

const STDIN = 0;

/** The descriptor stays open: it isn't ours. @param size bytes that are read at a time */
export function standardInput(size?: number): AsyncIterable<Uint8Array> {
  return createReadStream('', { fd: STDIN, autoClose: false, highWaterMark: size }) as AsyncIterable<Uint8Array>;
}
