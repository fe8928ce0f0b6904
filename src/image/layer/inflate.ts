/** Which compression bytes are in, by their first ones: media types lie. */
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { TsrunError } from '../../model/errors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Bytes needed to tell. */
export const MAGIC_BYTES = 6;

/**
 * Tell from the first MAGIC_BYTES (or all there are).
 * @throws TsrunError UNSUPPORTED for bzip2 and xz, which no registry serves.
 */
export function detectCompression(head: Uint8Array): Compression {
  const begins = (...magic: number[]): boolean => magic.every((byte, index) => head[index] === byte);
  if (begins(0x1f, 0x8b)) return 'gzip';
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  // A zstd skippable frame can come first.
  if (head.length >= 4 && (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return 'zstd';
  if (begins(0x42, 0x5a, 0x68) || begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) {
    throw new TsrunError('UNSUPPORTED', `layers compressed with ${head[0] === 0x42 ? 'bzip2' : 'xz'} are not supported`, {
      hint: 'rebuild the image with gzip or zstd',
    });
  }
  return 'none';
}

const OUTPUT_BYTES: number = 128 * 1024;

/** A stream that inflates; its work is done by the thread pool. */
export function createInflater(compression: 'gzip' | 'zstd'): Gunzip | ZstdDecompress {
  const options = { chunkSize: OUTPUT_BYTES, readableHighWaterMark: OUTPUT_BYTES, writableHighWaterMark: OUTPUT_BYTES };
  return compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
}
