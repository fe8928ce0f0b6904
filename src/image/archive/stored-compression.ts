/** What a stored layer is compressed with. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { detectCompression, MAGIC_BYTES, type Compression } from '../layer/inflate.ts';

/** By its first bytes: media types lie. @throws TsrunError NOT_FOUND */
export function detectStored(path: string, digest: Digest): Compression {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    throw new TsrunError('NOT_FOUND', `blob ${digest} is not in the store`, {
      path,
      hint: 'remove the image and pull or load it again',
      cause: error,
    });
  }
  try {
    const head = Buffer.alloc(MAGIC_BYTES);
    return detectCompression(head.subarray(0, readSync(fd, head, 0, MAGIC_BYTES, 0)));
  } finally {
    closeSync(fd);
  }
}
