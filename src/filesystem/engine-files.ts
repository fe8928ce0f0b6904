/** The two files that a new container has in its writable layer: `/.dockerenv`, and `/etc/mtab` as a link to the kernel's own table. */
import { chmodSync, chownSync, lstatSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { readXattrs, toBytes } from '../kernel/byte-paths.ts';
import { native } from '../kernel/native.ts';
import { CONTAINER_MARK, CONTAINER_MARK_MODE, MOUNT_TABLE, MOUNT_TABLE_TARGET } from '../model/engine-files.ts';
import type { ContainerOverlay } from './overlay.ts';

/**
 * Make them in a new upper directory, in which nothing runs yet.
 * @param madeAt seconds: the time that they get, by which a change of them is seen
 */
export function placeEngineFiles(overlay: ContainerOverlay, madeAt: number): void {
  const mark = join(overlay.upper, CONTAINER_MARK);
  writeFileSync(mark, '');
  chmodSync(mark, CONTAINER_MARK_MODE);
  utimesSync(mark, madeAt, madeAt);
  copyUpEtc(overlay);
  const table = join(overlay.upper, MOUNT_TABLE);
  symlinkSync(MOUNT_TABLE_TARGET, table);
  lutimesSync(table, madeAt, madeAt);
}

/** Make `etc` as the image has it, so that both are one in the overlay. A link or a file there gives way, as in Docker. */
function copyUpEtc({ directory, lower, upper }: ContainerOverlay): void {
  const etc = join(upper, 'etc');
  for (const layer of lower) {
    const path = join(directory, layer, 'etc');
    const known = lstatSync(path, { throwIfNoEntry: false });
    if (known === undefined) continue;
    if (!known.isDirectory()) break; // a whiteout, too
    makeLike(etc, path, known);
    return;
  }
  mkdirSync(etc);
  chmodSync(etc, 0o755);
}

function makeLike(path: string, original: string, known: Stats): void {
  mkdirSync(path, known.mode & 0o777);
  if (known.uid !== 0 || known.gid !== 0) chownSync(path, known.uid, known.gid);
  // The umask, and the special bits that mkdir(2) ignores.
  chmodSync(path, known.mode & 0o7777);
  for (const [name, value] of readXattrs(toBytes(original)))
    if (!name.startsWith('trusted.overlay.')) native().lsetxattr(path, name, value);
}
