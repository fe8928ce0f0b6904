/** The two files that a new container has in its writable layer: `/.dockerenv`, and `/etc/mtab` as a link to the kernel's own table. */
import { chmodSync, chownSync, lstatSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { readXattrs, toBytes } from '../kernel/byte-paths.ts';
import { native } from '../kernel/native.ts';
import { CONTAINER_MARK, CONTAINER_MARK_MODE, MOUNT_TABLE, MOUNT_TABLE_TARGET } from '../model/engine-files.ts';
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
  copyUpEtc(overlay);
  const table = join(overlay.upper, MOUNT_TABLE);
  if (findInImage(overlay, MOUNT_TABLE)?.known.isDirectory()) return;
  symlinkSync(MOUNT_TABLE_TARGET, table);
  lutimesSync(table, madeAt, madeAt);
}

/** Make `etc` as the image has it, so that both are one in the overlay. A link or a file there gives way, as in Docker. */
function copyUpEtc(overlay: ContainerOverlay): void {
  const etc = join(overlay.upper, 'etc');
  const found = findInImage(overlay, 'etc');
  if (found?.known.isDirectory()) {
    makeLike(etc, found.path, found.known);
    return;
  }
  mkdirSync(etc);
  chmodSync(etc, 0o755);
}

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
