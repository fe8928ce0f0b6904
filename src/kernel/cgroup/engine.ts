/**
 * `/tsrun` in the v2 tree: a cgroup for what isn't any container's. It is shared by all engines of a host, made on first use, and
 * removed by `tsrun down` where nobody is in it.
 *
 * - `/tsrun/monitors`: the monitors and supervisors. In their caller's cgroup they would end with it: systemd ends all that is left in a
 *   service's cgroup, and in a session's when the machine goes down, which is then before the containers had their stop signal.
 * - Its own children have all controllers that containers were given, so that the kernel refuses to take one from the root (EBUSY).
 *   systemd enables there what its own units need and switches the rest off, and with a controller goes every limit.
 */
import { closeSync, constants, mkdirSync, openSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { readKernelFile } from '../kernel-file.ts';
import { hasErrno } from '../../model/errors.ts';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../constants.ts';
import { native } from '../native.ts';
import { readCgroupFile, writeCgroupFile } from './files.ts';
import { cgroupDirectory, unifiedHierarchy, type CgroupHierarchy, type CgroupLayout } from './layout.ts';

const ENGINE = '/tsrun';
const MONITORS = `${ENGINE}/monitors`;
/** Another engine's `down` may remove what we have just made. */
const TRIES = 5;

const openDirectory = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);

/**
 * The directory that a monitor is to be born in. The caller closes it when the monitor is there: until then it is locked, shared, and no
 * `down` removes it. A monitor for which it is gone would be born where its caller is.
 * @returns undefined where there is no v2 tree, or nothing may be made in it: then they live where their caller does
 */
export function openMonitorCgroup(layout: CgroupLayout): number | undefined {
  const unified = unifiedHierarchy(layout);
  return unified === undefined ? undefined : trying(unified, MONITORS, () => openLocked(cgroupDirectory(unified, MONITORS)));
}

function openLocked(path: string): number {
  const directory = openDirectory(path);
  try {
    native().flock(directory, LOCK_SH);
    // ENOENT where it was removed before we had the lock.
    statSync(`/proc/self/fd/${directory}/cgroup.procs`);
    return directory;
  } catch (error) {
    closeSync(directory);
    throw error;
  }
}

/** Move a process of ours there. It may have ended, and where there is no such place it stays. */
export function enterMonitorCgroup(layout: CgroupLayout, pid: number): void {
  const unified = unifiedHierarchy(layout);
  // Who is there already has its children there, and moving one costs 10 ms.
  if (unified === undefined || readKernelFile('/proc/self/cgroup').includes(`::${MONITORS}\n`)) return;
  trying(unified, MONITORS, () => writeFileSync(`${cgroupDirectory(unified, MONITORS)}/cgroup.procs`, String(pid), { flag: 'r+' }));
}

/** Keep what the root's children have now from being taken away. Nice to have: what was asked for is there in any case. */
export function keepControllers(hierarchy: CgroupHierarchy): void {
  const wanted = readCgroupFile(`${hierarchy.mountPoint}/cgroup.subtree_control`) ?? '';
  const file = `${cgroupDirectory(hierarchy, ENGINE)}/cgroup.subtree_control`;
  if (readCgroupFile(file) === wanted) return;
  for (const controller of wanted.split(' ').filter((name) => name !== ''))
    trying(hierarchy, ENGINE, () => writeCgroupFile(file, `+${controller}`));
}

/** Remove it. Whoever is in it keeps it, and so does who is about to start a monitor there. */
export function removeEngineCgroup(layout: CgroupLayout): void {
  const unified = unifiedHierarchy(layout);
  if (unified === undefined) return;
  if (unlessUsed(() => removeUnlocked(cgroupDirectory(unified, MONITORS)))) unlessUsed(() => rmdirSync(cgroupDirectory(unified, ENGINE)));
}

function removeUnlocked(path: string): void {
  const directory = openDirectory(path);
  try {
    // Otherwise the parent isn't empty, and stays too.
    if (native().flock(directory, LOCK_EX | LOCK_NB)) rmdirSync(path);
  } finally {
    closeSync(directory);
  }
}

/** @returns whether what `remove` removes is gone, as far as we know: not where it is in use, or not ours to remove */
function unlessUsed(remove: () => void): boolean {
  try {
    remove();
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return true;
    if (hasErrno(error, 'EBUSY', 'ENOTEMPTY', 'EROFS', 'EACCES', 'EPERM')) return false;
    throw error;
  }
}

/** Do something that needs a directory: it is made where it isn't there. */
function trying<Result>(hierarchy: CgroupHierarchy, path: string, make: () => Result): Result | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return make();
    } catch (error) {
      // ENODEV: it is being removed. Anything else but its absence is how this host is.
      if (!hasErrno(error, 'ENOENT', 'ENODEV')) return undefined;
    }
    for (const each of path === ENGINE ? [ENGINE] : [ENGINE, path]) {
      try {
        // Root's alone: a user who may open it could lock it, and hold up every start.
        mkdirSync(cgroupDirectory(hierarchy, each), 0o700);
      } catch (error) {
        if (!hasErrno(error, 'EEXIST', 'ENOENT')) return undefined;
      }
    }
    // A `down` may have removed the one that had them.
    if (path !== ENGINE) keepControllers(hierarchy);
  }
  return undefined;
}
