/** The processes of a cgroup: list, freeze, thaw and kill them. */
import { readdirSync } from 'node:fs';
import { hasErrno } from '../../model/errors.ts';
import { readCgroupFile, retry, trying, writeCgroupFile } from './files.ts';
import { cgroupDirectory, controllerHierarchy, unifiedHierarchy, type CgroupLayout } from './layout.ts';
import { blockOn, type Waiting } from '../waiting.ts';

/** How long a cgroup may take to freeze, or its processes to die, in milliseconds: on a busy machine each waits for its turn. */
const PATIENCE = 10_000;

/** A directory's subdirectories; none where it is gone. */
export function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${directory}/${entry.name}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
}

function collect(directory: string, into: Set<number>): void {
  const text = readCgroupFile(`${directory}/cgroup.procs`);
  if (text === undefined) return;
  // 0 is a process that our PID namespace doesn't have.
  for (const line of text.split('\n')) if (line !== '' && line !== '0') into.add(Number(line));
  for (const below of subdirectories(directory)) collect(below, into);
}

/** Host PIDs in a container's cgroup and below it, in any hierarchy. Empty where there is none. */
export function listProcesses(layout: CgroupLayout, path: string): number[] {
  const pids = new Set<number>();
  for (const hierarchy of layout.hierarchies) collect(cgroupDirectory(hierarchy, path), pids);
  return [...pids].toSorted((a, b) => a - b);
}

/** Try to write; false where the file or its directory isn't there. */
function tryWrite(path: string, data: string): boolean {
  try {
    writeCgroupFile(path, data);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENODEV')) return false;
    throw error;
  }
}

/** Stop or continue every process, by cgroup.freeze or v1's freezer. Whether the kernel says that it is so. */
function* settingFrozen(layout: CgroupLayout, path: string, frozen: boolean): Waiting<boolean> {
  const unified = unifiedHierarchy(layout);
  if (unified !== undefined) {
    const directory = cgroupDirectory(unified, path);
    if (tryWrite(`${directory}/cgroup.freeze`, frozen ? '1' : '0')) {
      const wanted = `frozen ${frozen ? 1 : 0}`;
      return yield* trying(PATIENCE, () => readCgroupFile(`${directory}/cgroup.events`)?.includes(wanted) ?? true);
    }
  }
  const freezer = controllerHierarchy(layout, 'freezer');
  if (freezer === undefined) return false;
  const file = `${cgroupDirectory(freezer, path)}/freezer.state`;
  const wanted = frozen ? 'FROZEN' : 'THAWED';
  return tryWrite(file, wanted) && (yield* trying(PATIENCE, () => (readCgroupFile(file) ?? wanted) === wanted));
}

function setFrozen(layout: CgroupLayout, path: string, frozen: boolean): boolean {
  return blockOn(settingFrozen(layout, path, frozen));
}

/** What to write where to let a frozen cgroup go on: for whoever does it in our place. */
export function thawWrites(layout: CgroupLayout, path: string): { path: string; data: string }[] {
  const unified = unifiedHierarchy(layout);
  const freezer = controllerHierarchy(layout, 'freezer');
  return [
    ...(unified === undefined ? [] : [{ path: `${cgroupDirectory(unified, path)}/cgroup.freeze`, data: '0' }]),
    ...(freezer === undefined ? [] : [{ path: `${cgroupDirectory(freezer, path)}/freezer.state`, data: 'THAWED' }]),
  ];
}

/** Stop every process of a cgroup; false where this host can't, or it takes too long (then it is thawed again). */
export function* freezing(layout: CgroupLayout, path: string): Waiting<boolean> {
  const done = yield* settingFrozen(layout, path, true);
  if (!done) yield* settingFrozen(layout, path, false);
  return done;
}

/** `freezing`, and nothing else meanwhile. */
export function freezeCgroup(layout: CgroupLayout, path: string): boolean {
  return blockOn(freezing(layout, path));
}

/** Whether a cgroup is frozen, all of it; false where there is none. */
export function isFrozen(layout: CgroupLayout, path: string): boolean {
  const unified = unifiedHierarchy(layout);
  const events = unified && readCgroupFile(`${cgroupDirectory(unified, path)}/cgroup.events`);
  if (events?.includes('frozen ')) return events.includes('frozen 1');
  const freezer = controllerHierarchy(layout, 'freezer');
  return freezer !== undefined && readCgroupFile(`${cgroupDirectory(freezer, path)}/freezer.state`) === 'FROZEN';
}

/** Let a frozen cgroup go on. Whether it does. */
export function thawing(layout: CgroupLayout, path: string): Waiting<boolean> {
  return settingFrozen(layout, path, false);
}

/** `thawing`, and nothing else meanwhile. */
export function thawCgroup(layout: CgroupLayout, path: string): boolean {
  return setFrozen(layout, path, false);
}

/**
 * Kill every process of a container's cgroup. With a v2 tree that is one write (`cgroup.kill`, Linux 5.14), which the
 * kernel carries out though they fork. Otherwise `killOneByOne`. A path without a cgroup is fine. Doesn't wait for the
 * last one to be gone, nor look for some that were moved to a v1 hierarchy alone: `removeCgroup` does.
 */
export function killCgroup(layout: CgroupLayout, path: string): void {
  const unified = unifiedHierarchy(layout);
  if (unified !== undefined && tryWrite(`${cgroupDirectory(unified, path)}/cgroup.kill`, '1')) return;
  killOneByOne(layout, path);
}

/** Stop all processes in any hierarchy, kill one after the other and let them go, until none is left. Whether none is. */
export function killOneByOne(layout: CgroupLayout, path: string): boolean {
  return retry(PATIENCE, () => {
    if (listProcesses(layout, path).length === 0) return true;
    const frozen = setFrozen(layout, path, true);
    for (const pid of listProcesses(layout, path)) killProcess(pid);
    if (frozen) setFrozen(layout, path, false);
    return false;
  });
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasErrno(error, 'ESRCH')) throw error;
  }
}
