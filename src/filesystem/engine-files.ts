/**
 * What a new container has in its writable layer: `/.dockerenv`, and `/etc/mtab` as a link to the kernel's own table; and, where
 * somebody sees them before its start makes them, the mount points.
 */
import { chmodSync, chownSync, lstatSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { readXattrs, toBytes } from '../kernel/byte-paths.ts';
import { native } from '../kernel/native.ts';
import {
  CONTAINER_MARK,
  CONTAINER_MARK_MODE,
  ENGINE_DIRECTORIES,
  ENGINE_MOUNTED_FILES,
  ENGINE_MOUNTED_FILE_MODE,
  MOUNT_TABLE,
  MOUNT_TABLE_TARGET,
} from '../model/engine-files.ts';
import type { ContainerOverlay } from './overlay.ts';

/**
 * Make them in a new upper directory, in which nothing runs yet. What the image has under their names they hide, but for a directory,
 * which stays: so does Docker.
 * @param madeAt seconds: the time that they get, by which a change of them is seen
 */
export function placeEngineFiles(overlay: ContainerOverlay, madeAt: number): void {
  const mark = join(overlay.upper, CONTAINER_MARK);
  if (!findInImage(overlay, CONTAINER_MARK)?.known.isDirectory()) {
    writeFileSync(mark, '');
    chmodSync(mark, CONTAINER_MARK_MODE);
    utimesSync(mark, madeAt, madeAt);
  }
  makeMountPoint(overlay, 'etc');
  const table = join(overlay.upper, MOUNT_TABLE);
  if (findInImage(overlay, MOUNT_TABLE)?.known.isDirectory()) return;
  symlinkSync(MOUNT_TABLE_TARGET, table);
  lutimesSync(table, madeAt, madeAt);
}

/**
 * Make the mount points, too, where the image has nothing for them. Otherwise the start does so, which costs nothing then. But a
 * container that is only created shows them, and a copy into it may want them; and a volume takes them over from the directory that
 * it hides.
 */
export function placeMountPoints(overlay: ContainerOverlay): void {
  makeMountPoint(overlay, 'dev');
  for (const path of ENGINE_DIRECTORIES)
    if (path !== 'etc' && path !== 'dev' && !findInImage(overlay, path)?.known.isDirectory()) makeMountPoint(overlay, path);
  for (const path of ENGINE_MOUNTED_FILES) {
    const found = findInImage(overlay, path)?.known;
    if (found !== undefined && !isWhiteout(found)) continue;
    const file = join(overlay.upper, path);
    writeFileSync(file, '');
    chmodSync(file, ENGINE_MOUNTED_FILE_MODE);
  }
}

/** Whether some of them are in the directory `target`, a whole path; or it is a file of them. */
export function hasMountPoints(target: string): boolean {
  const path = target.slice(1);
  return ENGINE_MOUNTED_FILES.has(path) || [...ENGINE_MOUNTED_FILES, ...ENGINE_DIRECTORIES].some((each) => each.startsWith(`${path}/`));
}

/** Make a directory as the image has it, so that both are one in the overlay. A link or a file there gives way, as in Docker. */
function makeMountPoint(overlay: ContainerOverlay, name: string): void {
  const path = join(overlay.upper, name);
  const found = findInImage(overlay, name);
  if (found?.known.isDirectory()) {
    makeLike(path, found.path, found.known);
    return;
  }
  mkdirSync(path);
  chmodSync(path, 0o755);
}

/** A name that a layer took away. */
const isWhiteout = (known: Stats): boolean => known.isCharacterDevice() && known.rdev === 0;

/** What an overlay of the layers has under a name in its root or in a directory there: a whiteout, too. No link is followed. */
function findInImage({ directory, lower }: ContainerOverlay, name: string): { path: string; known: Stats } | undefined {
  const above = dirname(name);
  for (const layer of lower) {
    const root = join(directory, layer);
    const parent = above === '.' ? undefined : lstatSync(join(root, above), { throwIfNoEntry: false });
    if (above !== '.' && parent === undefined) continue;
    if (parent?.isDirectory() === false) return undefined;
    const path = join(root, name);
    const known = lstatSync(path, { throwIfNoEntry: false });
    if (known !== undefined) return { path, known };
    if (parent !== undefined && readXattrs(toBytes(join(root, above))).has('trusted.overlay.opaque')) return undefined;
  }
  return undefined;
}

function makeLike(path: string, original: string, known: Stats): void {
  mkdirSync(path, known.mode & 0o777);
  if (known.uid !== 0 || known.gid !== 0) chownSync(path, known.uid, known.gid);
  // The umask, and the special bits that mkdir(2) ignores.
  chmodSync(path, known.mode & 0o7777);
  for (const [name, value] of readXattrs(toBytes(original)))
    if (!name.startsWith('trusted.overlay.')) native().lsetxattr(path, name, value);
}
