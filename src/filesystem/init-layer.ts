/**
 * An image's init layer: what an engine puts into every container's root before its program runs, in a read-only layer between the
 * image and the container's writable one. Docker makes one for each container; here all containers of an image share it. It is made
 * for the first of them, and goes with the image's top layer (image/store/collect.ts). Source: moby, daemon/initlayer/setup_unix.go.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readXattrs, toBytes } from '../kernel/byte-paths.ts';
import { native } from '../kernel/native.ts';
import { stopAt } from '../kernel/steps.ts';
import { hasErrno } from '../model/errors.ts';
import { initLayersDirectory, type EnginePaths } from '../state/paths.ts';
import { ownScratch } from '../state/scratch.ts';

/** Mount points, and what they are in. */
const DIRECTORIES = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'];
/** By the first, programs know that they run in a container of Docker's, or in one that is like them; over the others something is mounted. */
const EMPTY_FILES = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];
/** Of all these, whatever the umask. */
const MODE = 0o755;
/** Where programs of old look for what is mounted. */
const MOUNT_TABLE = { path: 'etc/mtab', target: '/proc/mounts' };

/**
 * Make an init layer at `target`, a whole path. Several at once are fine: they make the same, and one is kept.
 * @param image its layers as overlayfs takes them, names from `directory`
 */
export function makeInitLayer(paths: EnginePaths, target: string, directory: string, image: readonly string[]): void {
  const place = ownScratch(paths, `init-${process.pid}-${Buffer.from(native().randomBytes(4)).toString('hex')}`);
  try {
    const [made, work] = [join(place.directory, 'layer'), join(place.directory, 'work')];
    makeLike(made, join(directory, image[0] ?? ''));
    mkdirSync(work);
    fill(directory, image, made, work);
    stopAt('init', 0);
    putInPlace(paths, made, target);
    stopAt('init', 1);
  } finally {
    place.release();
  }
}

/**
 * As a container would: the kernel copies up the directories that the image has, and hides what gives way. `volatile`: unmounting waits for
 * no disk (docs/decisions/init-layer.md).
 */
function fill(directory: string, image: readonly string[], upper: string, work: string): void {
  const mount = native().overlayMount(directory, image, upper, work, 'volatile');
  try {
    const root = `/proc/self/fd/${mount}`;
    const makeDirectory = (path: string): void => {
      mkdirSync(path);
      chmodSync(path, MODE);
    };
    const makeFile = (path: string): void => {
      writeFileSync(path, '');
      chmodSync(path, MODE);
    };
    for (const name of DIRECTORIES) makeOver(join(root, name), makeDirectory);
    for (const name of EMPTY_FILES) makeOver(join(root, name), makeFile);
    makeOver(join(root, MOUNT_TABLE.path), (path) => symlinkSync(MOUNT_TABLE.target, path));
  } finally {
    closeSync(mount);
  }
}

/** A directory of the image's stays; anything else gives way, a link too. */
function makeOver(path: string, make: (path: string) => void): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found !== undefined) unlinkSync(path);
  make(path);
}

function putInPlace(paths: EnginePaths, made: string, target: string): void {
  try {
    renameSync(made, target);
  } catch (error) {
    // Another command's, which is the same.
    if (hasErrno(error, 'EEXIST', 'ENOTEMPTY')) return;
    if (!hasErrno(error, 'ENOENT')) throw error;
    mkdirSync(initLayersDirectory(paths), { recursive: true, mode: 0o711 });
    putInPlace(paths, made, target);
  }
}

/** Make a directory that looks as the image's root, which the layers above it stand for. */
function makeLike(path: string, original: string): void {
  const { mode, uid, gid } = statSync(original);
  mkdirSync(path);
  chownSync(path, uid, gid);
  chmodSync(path, mode & 0o7777);
  for (const [name, value] of readXattrs(toBytes(original)))
    if (!name.startsWith('trusted.overlay.')) native().lsetxattr(path, name, value);
}
