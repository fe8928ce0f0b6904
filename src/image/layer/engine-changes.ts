/** What of a container's root is the engine's own (model/engine-files.ts), and whether somebody changed it. */
import type { BigIntStats } from 'node:fs';
import { CONTAINER_MARK, CONTAINER_MARK_MODE, ENGINE_DIRECTORIES, ENGINE_MOUNTED_FILES, MOUNT_TABLE } from '../../model/engine-files.ts';
import { baseOf, parentOf } from './layer-paths.ts';
import type { ByteString } from './tar-format.ts';

/** Whether it is made where the image has nothing, to mount something there: no program sees what is under it. */
export function isMountPoint(path: ByteString): boolean {
  return ENGINE_DIRECTORIES.has(path) || ENGINE_MOUNTED_FILES.has(path);
}

/** Whether a mount point looks as the engine makes it. */
export function isMountPointAsMade(path: ByteString, now: BigIntStats): boolean {
  if (ENGINE_DIRECTORIES.has(path)) return now.isDirectory() && isPlain(now, 0o755);
  return now.isFile() && now.size === 0n;
}

const OWN_FILES: ReadonlyMap<ByteString, (now: BigIntStats) => boolean> = new Map([
  [CONTAINER_MARK, (now) => now.isFile() && now.size === 0n && isPlain(now, CONTAINER_MARK_MODE)],
  [MOUNT_TABLE, (now) => now.isSymbolicLink() && isPlain(now, 0o777)],
]);

/** The files that a new container has in its writable layer, whatever its image has there. */
export class OwnFiles {
  readonly #madeAtNs: bigint;

  constructor(madeAt: number) {
    this.#madeAtNs = BigInt(madeAt) * 1_000_000_000n;
  }

  has(path: ByteString): boolean {
    return OWN_FILES.has(path);
  }

  /** Names of those in a directory. */
  namesIn(directory: ByteString): ByteString[] {
    return [...OWN_FILES.keys()].filter((path) => parentOf(path) === directory).map((path) => baseOf(path));
  }

  isAsMade(path: ByteString, now: BigIntStats): boolean {
    return OWN_FILES.get(path)?.(now) === true && now.mtimeNs === this.#madeAtNs;
  }
}

function isPlain({ mode, uid, gid }: BigIntStats, permissions: number): boolean {
  return (mode & 0o7777n) === BigInt(permissions) && uid === 0n && gid === 0n;
}
