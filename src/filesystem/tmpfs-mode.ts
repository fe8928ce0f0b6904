/** Step 3: a tmpfs looks like the directory that it hides, as Docker's does: over /run or /root, not everybody may write. */
import { closeSync, fstatSync } from 'node:fs';
import { posix } from 'node:path';
import { hasErrno } from '../model/errors.ts';
import type { ResolvedMount } from '../model/resolved-mount.ts';
import type { RootLayers } from './overlay.ts';
import { openDirectoryIn, withRoot } from './read-root.ts';

type Tmpfs = Extract<ResolvedMount, { type: 'tmpfs' }>;

/**
 * Give each tmpfs without a mode that of the directory at its target, in `root` or in a volume or bind that is mounted above it.
 * Where there is none, tmpfs(5)'s own stays: 1777. Its owner is root, or who was asked for: that isn't taken over.
 */
export function takeOverModes(mounts: readonly ResolvedMount[], root: RootLayers): ResolvedMount[] {
  return mounts.map((mount) => {
    if (mount.type !== 'tmpfs' || /(?:^|,)mode=/.test(mount.options)) return mount;
    const mode = modeBelow(mount, mounts, root);
    if (mode === undefined) return mount;
    const words = [...(mount.options === '' ? [] : [mount.options]), `mode=${mode.toString(8)}`];
    return { ...mount, options: words.join(',') };
  });
}

function modeBelow(mount: Tmpfs, mounts: readonly ResolvedMount[], root: RootLayers): number | undefined {
  const [above] = mounts
    .filter(({ target }) => mount.target.startsWith(`${target}/`))
    .toSorted((one, other) => other.target.length - one.target.length);
  if (above?.type === 'tmpfs') return undefined;
  // Below the container's own /dev, which begins empty, nothing is hidden.
  if (above === undefined) return mount.target.startsWith('/dev/') ? undefined : modeIn(root, mount.target);
  return modeIn({ directory: above.source, lower: ['.'] }, posix.relative(above.target, mount.target));
}

function modeIn(root: RootLayers, path: string): number | undefined {
  try {
    return withRoot(root, (fd) => {
      const found = openDirectoryIn(fd, path);
      if (found === undefined) return undefined;
      try {
        return fstatSync(found).mode & 0o7777;
      } finally {
        closeSync(found);
      }
    });
  } catch (error) {
    // A file, or below one: the start says so.
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
