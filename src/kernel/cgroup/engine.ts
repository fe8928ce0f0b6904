/**
 * `/tsrun` in the v2 tree: a cgroup for what isn't any container's. It is shared by all engines of a host, made on first use, and
 * removed by `tsrun down` where nobody is in it.
 *
 * - `/tsrun/monitors`: the monitors and supervisors. In their caller's cgroup they would end with it: systemd ends all that is left in a
 *   service's cgroup, and in a session's when the machine goes down, which is then before the containers had their stop signal.
 * - Its own children have all controllers that containers were given, so that the kernel refuses to take one from the root (EBUSY).
 *   systemd enables there what its own units need and switches the rest off, and with a controller goes every limit.
 */
import { constants, mkdirSync, openSync, rmdirSync, writeFileSync } from 'node:fs';
import { readKernelFile } from '../kernel-file.ts';
import { hasErrno } from '../../model/errors.ts';
import { readCgroupFile, writeCgroupFile } from './files.ts';
import { cgroupDirectory, unifiedHierarchy, type CgroupHierarchy, type CgroupLayout } from './layout.ts';

const ENGINE = '/tsrun';
const MONITORS = `${ENGINE}/monitors`;
/** Another engine's `down` may remove what we have just made. */
const TRIES = 5;

/**
 * The directory that a monitor is to be started in. The caller closes it.
 * @returns undefined where there is no v2 tree, or nothing may be made in it: then they live where their caller does
 */
export function openMonitorCgroup(layout: CgroupLayout): number | undefined {
  const unified = unifiedHierarchy(layout);
  if (unified === undefined) return undefined;
  const open = (): number => openSync(cgroupDirectory(unified, MONITORS), constants.O_RDONLY | constants.O_DIRECTORY);
  return trying(unified, MONITORS, open);
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

/** Remove it. Whoever is in it keeps it. */
export function removeEngineCgroup(layout: CgroupLayout): void {
  const unified = unifiedHierarchy(layout);
  if (unified === undefined) return;
  for (const path of [MONITORS, ENGINE]) {
    try {
      rmdirSync(cgroupDirectory(unified, path));
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY', 'EROFS', 'EACCES', 'EPERM')) throw error;
      return;
    }
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
        mkdirSync(cgroupDirectory(hierarchy, each));
      } catch (error) {
        if (!hasErrno(error, 'EEXIST', 'ENOENT')) return undefined;
      }
    }
  }
  return undefined;
}
