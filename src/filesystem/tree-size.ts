/** How much a directory tree holds. */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { fsPath, toBytes, type ByteString } from '../kernel/byte-paths.ts';
import { hasErrno } from '../model/errors.ts';

/**
 * Bytes of all that isn't a directory under `root`, as Docker counts containers and volumes: a file with several names once. What
 * disappears meanwhile, and a root that isn't there, count as nothing.
 * @param counts which of it counts: of a layer, files. Paths begin with the root's.
 */
export function treeSize(root: string, counts: (stats: Stats, path: ByteString) => boolean = () => true): number {
  const seen = new Set<string>();
  let size = 0;
  const walk = (directory: ByteString): void => {
    for (const name of namesIn(directory)) {
      const path = join(directory, name);
      const found = statOf(path);
      if (found === undefined) continue;
      if (found.isDirectory()) {
        walk(path);
        continue;
      }
      const key = `${found.dev}:${found.ino}`;
      if (found.nlink > 1 && seen.has(key)) continue;
      if (found.nlink > 1) seen.add(key);
      if (counts(found, path)) size += found.size;
    }
  };
  walk(toBytes(root));
  return size;
}

/** Names are bytes: one that isn't UTF-8 is kept as it is. */
function namesIn(directory: ByteString): ByteString[] {
  try {
    return readdirSync(fsPath(directory), { encoding: 'latin1' });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function statOf(path: ByteString): Stats | undefined {
  return lstatSync(fsPath(path), { throwIfNoEntry: false });
}
