/**
 * Blobs as an OCI image layout: blobs/sha256/HEX. A blob counts only after fsync and link, so one that is there is whole.
 * Source: OCI image-spec 1.1, image-layout.md.
 */
import type { Hash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { blobsDirectory, type EnginePaths } from '../../state/paths.ts';
import { ownScratch } from '../../state/scratch.ts';

/** node:crypto costs a run's start 6 ms, and a run that finds a repair to do may come here: it is loaded when something is hashed. */
const sha256 = (): Hash => process.getBuiltinModule('node:crypto').createHash('sha256');

/** `sha256:HEX` of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${sha256().update(bytes).digest('hex')}`;
}

/** The hex digits. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Where the blob of this digest is, or would be. */
export function blobPath(paths: EnginePaths, digest: Digest): string {
  return join(blobsDirectory(paths), 'sha256', hexOf(digest));
}

/** Size of a blob that is here; undefined: it isn't. */
export function blobSize(paths: EnginePaths, digest: Digest): number | undefined {
  return statSync(blobPath(paths, digest), { throwIfNoEntry: false })?.size;
}

/**
 * The bytes of a small blob: a manifest, a config.
 * @throws TsrunError NOT_FOUND; DIGEST_MISMATCH when it was altered or cut short
 */
export function readBlob(paths: EnginePaths, digest: Digest): Buffer {
  const bytes = readUnverified(paths, digest);
  if (digestOf(bytes) !== digest) throw damagedBlob(paths, digest);
  return bytes;
}

function readUnverified(paths: EnginePaths, digest: Digest): Buffer {
  try {
    return readFileSync(blobPath(paths, digest));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) throw missingBlob(paths, digest, error);
    throw error;
  }
}

/** Whether a blob's bytes hash to its name; one that disappears meanwhile is no damaged one. */
export async function isWholeBlob(paths: EnginePaths, digest: Digest): Promise<boolean> {
  const hash = sha256();
  try {
    for await (const chunk of createReadStream(blobPath(paths, digest), { highWaterMark: 256 * 1024 })) hash.update(chunk as Buffer);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return true;
    throw error;
  }
  return `sha256:${hash.digest('hex')}` === digest;
}

const REPAIR_HINT = 'tsrun doctor --fix forgets what is damaged; then pull or load the image again';

function missingBlob(paths: EnginePaths, digest: Digest, cause: unknown): TsrunError {
  return new TsrunError('NOT_FOUND', `blob ${digest} is not in the store`, { path: blobPath(paths, digest), hint: REPAIR_HINT, cause });
}

function damagedBlob(paths: EnginePaths, digest: Digest): TsrunError {
  return new TsrunError('DIGEST_MISMATCH', `blob ${digest} in the store is damaged: it hashes to something else`, {
    path: blobPath(paths, digest),
    hint: REPAIR_HINT,
  });
}

/** Forget a blob, e.g. one that turned out damaged. A missing one is fine. */
export function removeBlob(paths: EnginePaths, digest: Digest): void {
  try {
    unlinkSync(blobPath(paths, digest));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

/** Keep small bytes (a manifest, a config) as a blob, durably. */
export function putBlob(paths: EnginePaths, bytes: Uint8Array): Digest {
  const digest = digestOf(bytes);
  if (blobSize(paths, digest) !== undefined) {
    if (readUnverified(paths, digest).equals(bytes)) return digest;
    removeBlob(paths, digest);
  }
  const scratch = ownScratch(paths, `blob-${hexOf(digest)}-${process.pid}`);
  try {
    const path = join(scratch.directory, 'blob');
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    publishBlob(paths, path, digest);
    return digest;
  } catch (error) {
    throw spaceError(error) ?? error;
  } finally {
    scratch.release();
  }
}

/** Give a synced file in scratch its place as a blob: by a second name, for it may be the blob of several layers. */
export function publishBlob(paths: EnginePaths, file: string, digest: Digest): void {
  const target = blobPath(paths, digest);
  const directory = join(blobsDirectory(paths), 'sha256');
  try {
    linkSync(file, target);
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) {
      if (statSync(target).size === statSync(file).size) return;
      // What is there was cut short, or grew.
      unlinkSync(target);
    } else if (!hasErrno(error, 'ENOENT')) throw error;
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    linkSync(file, target);
  }
  syncDirectory(directory);
}

/** Make the names in a directory durable. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A full disk in the engine's words; undefined for other errors. */
export function spaceError(error: unknown): TsrunError | undefined {
  if (!hasErrno(error, 'ENOSPC', 'EDQUOT')) return undefined;
  const system = error as NodeJS.ErrnoException;
  return new TsrunError('NO_SPACE', `write ${system.path ?? 'blob'}: no space left on device`, {
    call: system.syscall,
    path: system.path,
    errno: system.code,
    hint: 'free some space, or choose another folder with --root',
    cause: error,
  });
}
