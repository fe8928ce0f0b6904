/**
 * /etc/passwd and /etc/group of an image: `-u NAME` is looked up there. An image never changes, so both are kept in one
 * small file, cache/users-ID.json, which is all that a run reads.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../model/image.ts';
import { cacheDirectory, type EnginePaths } from '../state/paths.ts';
import { rootLayers } from './overlay.ts';
import { readFileIn, withRoot } from './read-root.ts';

/** Texts of both files; '' where there is none. */
export interface UserFiles {
  passwd: string;
  group: string;
}

/** Read both from an open root, e.g. of a running container. */
export function readUserFilesIn(rootFd: number): UserFiles {
  return {
    passwd: readFileIn(rootFd, '/etc/passwd')?.toString('utf8') ?? '',
    group: readFileIn(rootFd, '/etc/group')?.toString('utf8') ?? '',
  };
}

/** Both files of an image, from the cache or, the first time, from its layers. */
export function readImageUserFiles(paths: EnginePaths, image: Pick<Image, 'id' | 'layers'>): UserFiles {
  const path = join(cacheDirectory(paths), `users-${image.id.slice('sha256:'.length)}.json`);
  return readCached(path) ?? fillCache(paths, path, image);
}

function readCached(path: string): UserFiles | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<UserFiles> | null;
    if (typeof value?.passwd === 'string' && typeof value.group === 'string') return { passwd: value.passwd, group: value.group };
  } catch {
    // Not there yet, or cut off by a power failure: it can be made again.
  }
  return undefined;
}

function fillCache(paths: EnginePaths, path: string, image: Pick<Image, 'layers'>): UserFiles {
  const files = withRoot(rootLayers(paths, image), readUserFilesIn);
  mkdirSync(cacheDirectory(paths), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(files), { mode: 0o600 });
  renameSync(temporary, path);
  return files;
}
