/**
 * Make a container's cgroup in every hierarchy and set its limits. Nothing is recorded: the path follows from the
 * container's id, so whoever finds a container dead knows what to remove (`remove.ts`), also after a failure half way.
 */
import { chmodSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { hasErrno, isTsrunError, TsrunError } from '../../model/errors.ts';
import type { LinuxResources } from '../../oci-spec/resources.ts';
import { native } from '../native.ts';
import { traceCall } from '../trace.ts';
import { compileDeviceFilter } from './device-filter.ts';
import { CGROUP_DIRECTORY_MODE } from './directories.ts';
import { keepControllers } from './engine.ts';
import { readCgroupFile, writeCgroupFile } from './files.ts';
import { cgroupDirectory, controllerHierarchy, unifiedHierarchy, type CgroupHierarchy, type CgroupLayout } from './layout.ts';
import { limitWrites, type LimitWrite } from './limits.ts';

export interface CreatedCgroup {
  /**
   * `tasks` of the v1 hierarchies: the child writes `0` into each before it unshares its cgroup namespace. It has one thread, so
   * that is its whole process; through cgroup.procs the kernel would first wait for an RCU grace period, 10 ms, against a race
   * that a thread which moves itself can't have (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
   */
  joins: string[];
  /** Directory in the v2 tree, to be opened for CLONE_INTO_CGROUP. */
  unified?: string;
  /** File that counts OOM kills: memory.events (v2) or memory.oom_control (v1). */
  oomPath?: string;
  /** What Docker would warn of. */
  warnings: string[];
}

/** v2 controllers that are enabled where they can be, so that `stats` has something to tell. */
const ACCOUNTED = ['cpu', 'memory', 'pids', 'io'];

/**
 * @param cgroupsPath as in config.json: `/tsrun-0123…`; missing parents are made, too.
 * @param made directories of it that are there already, new (`CgroupDirectories`)
 * @throws TsrunError UNSUPPORTED where a limit was asked for and its controller is missing, INVALID_ARGUMENT where the kernel
 *   refuses a value, KERNEL and PERMISSION otherwise; the caller removes what was made (`removeCgroup`).
 */
export function createCgroup(
  layout: CgroupLayout,
  cgroupsPath: string,
  resources: LinuxResources,
  made: ReadonlySet<string> = new Set(),
): CreatedCgroup {
  const names = cgroupsPath.split('/').filter((name) => name !== '');
  if (names.length === 0 || names.some((name) => name === '.' || name === '..')) {
    throw new TsrunError('INVALID_ARGUMENT', `cgroup path ${JSON.stringify(cgroupsPath)} is not a path below the root`, {
      path: cgroupsPath,
    });
  }
  const path = `/${names.join('/')}`;
  const created: CreatedCgroup = { joins: [], warnings: [] };
  const versionOf = (controller: string): 1 | 2 | undefined => controllerHierarchy(layout, controller)?.version;
  const writes = limitWrites(resources, versionOf);
  for (const hierarchy of layout.hierarchies) {
    makeDirectories(hierarchy, names, writes, made);
    const directory = cgroupDirectory(hierarchy, path);
    if (hierarchy.version === 2) created.unified = directory;
    else created.joins.push(`${directory}/tasks`);
  }
  for (const write of writes) writeLimit(layout, path, write, created.warnings);
  attachDevices(layout, path, resources);
  const memory = controllerHierarchy(layout, 'memory');
  if (memory !== undefined) {
    created.oomPath = `${cgroupDirectory(memory, path)}/${memory.version === 2 ? 'memory.events' : 'memory.oom_control'}`;
  }
  return created;
}

/**
 * Set limits of a cgroup that is there. Throws as `createCgroup`; what was set before a refusal stays set.
 * @returns what Docker would warn of
 */
export function updateCgroup(layout: CgroupLayout, path: string, resources: LinuxResources): string[] {
  const warnings: string[] = [];
  const writes = limitWrites(resources, (controller) => controllerHierarchy(layout, controller)?.version);
  const unified = unifiedHierarchy(layout);
  if (unified !== undefined) {
    enableControllers(unified, unified.mountPoint, writes);
    keepControllers(unified);
  }
  try {
    for (const write of writes) writeLimit(layout, path, write, warnings);
  } catch (error) {
    if (resources.memory?.swap === undefined || !isTsrunError(error, 'INVALID_ARGUMENT')) throw error;
    // v1 refuses memory above memory and swap together: when both grow, the sum goes first.
    for (const write of writes.toReversed()) writeLimit(layout, path, write, warnings);
  }
  return warnings;
}

function makeDirectories(
  hierarchy: CgroupHierarchy,
  names: readonly string[],
  writes: readonly LimitWrite[],
  made: ReadonlySet<string>,
): void {
  let parent = hierarchy.mountPoint;
  for (const name of names) {
    const directory = `${parent}/${name}`;
    if (hierarchy.version === 2) {
      enableControllers(hierarchy, parent, writes);
      if (parent === hierarchy.mountPoint) keepControllers(hierarchy);
    }
    if (!made.has(directory)) makeDirectory(hierarchy, parent, directory);
    if (hierarchy.controllers.includes('cpuset') && hierarchy.version === 1) inheritCpuset(parent, directory);
    parent = directory;
  }
}

function makeDirectory(hierarchy: CgroupHierarchy, parent: string, directory: string): void {
  try {
    traceCall(
      'mkdir',
      () => directory,
      () => mkdirSync(directory),
    );
    chmodSync(directory, CGROUP_DIRECTORY_MODE);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') && parent === hierarchy.mountPoint) throw hiddenError(error, parent);
    if (!hasErrno(error, 'EEXIST')) throw kernelError(error, `mkdir ${directory}`, directory);
  }
}

/** A fresh v1 cpuset is empty, and takes no process: fill it as its parent is. */
function inheritCpuset(parent: string, directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readCgroupFile(`${directory}/${file}`) !== '') continue;
    writeCgroupFile(`${directory}/${file}`, readCgroupFile(`${parent}/${file}`) ?? '0');
  }
}

/** What a v2 directory's children shall have must be enabled in the directory itself. */
function enableControllers(hierarchy: CgroupHierarchy, parent: string, writes: readonly LimitWrite[]): void {
  const asked = new Set(writes.map((write) => write.controller));
  const file = `${parent}/cgroup.subtree_control`;
  const text = readCgroupFile(file);
  if (text === undefined) throw hiddenError(undefined, parent);
  const enabled = new Set(text.split(' '));
  const missing = hierarchy.controllers.filter((name) => !enabled.has(name) && (asked.has(name) || ACCOUNTED.includes(name)));
  for (const controller of missing) {
    try {
      writeCgroupFile(file, `+${controller}`);
    } catch (error) {
      // Nice to have only, unless it was asked for.
      const write = writes.find((each) => each.controller === controller);
      if (write === undefined) continue;
      throw new TsrunError('UNSUPPORTED', `cannot enable the cgroup controller ${controller}, which ${write.option} needs`, {
        call: 'write',
        path: file,
        errno: errnoOf(error),
        hint: hasErrno(error, 'EBUSY') ? `Processes in ${parent} itself prevent that: move them to a cgroup of their own.` : undefined,
        cause: error,
      });
    }
  }
}

function writeLimit(layout: CgroupLayout, path: string, write: LimitWrite, warnings: string[]): void {
  const hierarchy = write.controller === '' ? unifiedHierarchy(layout) : controllerHierarchy(layout, write.controller);
  if (hierarchy === undefined) {
    if (write.warning !== undefined) return void warnings.push(write.warning);
    throw new TsrunError('UNSUPPORTED', `no cgroup controller ${write.controller} on this host: ${write.option} can't be set`, {
      path: write.file,
      hint: `Mount or enable the ${write.controller} controller (see /proc/cgroups), or leave ${write.option} out.`,
    });
  }
  if (write.file.includes('/'))
    throw new TsrunError('INVALID_ARGUMENT', `${write.file} is not the name of a cgroup file`, { path: write.file });
  const file = `${cgroupDirectory(hierarchy, path)}/${write.file}`;
  try {
    writeCgroupFile(file, ...write.data);
  } catch (error) {
    // EOPNOTSUPP: the file is there, and the device's I/O scheduler can't do it.
    if (hasErrno(error, 'ENOENT', 'EOPNOTSUPP', 'ENOTSUP') && write.warning !== undefined) return void warnings.push(write.warning);
    throw limitError(error, hierarchy, file, write);
  }
}

function limitError(error: unknown, hierarchy: CgroupHierarchy, file: string, { controller, option, data }: LimitWrite): TsrunError {
  const value = data.join(', ');
  const details = { call: 'write', path: file, errno: errnoOf(error), cause: error };
  if (hasErrno(error, 'ENOENT')) {
    return new TsrunError(
      'UNSUPPORTED',
      `the kernel's cgroup controller ${controller} has no ${file.slice(file.lastIndexOf('/') + 1)}: ${option} can't be set`,
      details,
    );
  }
  if (controller === 'cpuset') {
    const isCpus = file.endsWith('cpus');
    const name = isCpus ? 'cpus' : 'mems';
    const available = readCgroupFile(`${hierarchy.mountPoint}/cpuset.${name}${hierarchy.version === 2 ? '.effective' : ''}`);
    const what = isCpus ? 'CPUs' : 'memory nodes';
    return new TsrunError(
      'INVALID_ARGUMENT',
      `Requested ${what} are not available - requested ${value}, available: ${available ?? 'none'}`,
      details,
    );
  }
  if (hasErrno(error, 'EINVAL', 'ERANGE', 'ENODEV'))
    return new TsrunError('INVALID_ARGUMENT', `${option}: the kernel refuses ${value}`, details);
  return kernelError(error, `${option}: write ${file}`, file);
}

/** v2 has no device files: a program is asked. */
function attachDevices(layout: CgroupLayout, path: string, { devices }: LinuxResources): void {
  const unified = unifiedHierarchy(layout);
  if (devices === undefined || devices.length === 0 || unified === undefined || controllerHierarchy(layout, 'devices') !== undefined)
    return;
  const directory = cgroupDirectory(unified, path);
  const program = compileDeviceFilter(devices);
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    traceCall(
      'bpf',
      () => `attach a device filter of ${program.length / 8} instructions to ${directory}`,
      () => native().attachDeviceFilter(fd, program),
    );
  } catch (error) {
    throw kernelError(error, 'attach the device filter', directory);
  } finally {
    closeSync(fd);
  }
}

const errnoOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error ? String(error.code) : undefined);

/** The kernel says that a hierarchy is mounted there, and there is no such directory. */
function hiddenError(error: unknown, mountPoint: string): TsrunError {
  return new TsrunError('UNSUPPORTED', `the cgroup tree at ${mountPoint} is not seen from here: something else is mounted over it`, {
    call: 'mkdir',
    path: mountPoint,
    errno: 'ENOENT',
    hint: "run tsrun in a mount namespace that has the host's /sys/fs/cgroup",
    cause: error,
  });
}

function kernelError(error: unknown, what: string, path: string): TsrunError {
  const denied = hasErrno(error, 'EACCES', 'EPERM', 'EROFS');
  return new TsrunError(denied ? 'PERMISSION' : 'KERNEL', `cgroup: ${what}: ${errnoOf(error) ?? String(error)}`, {
    path,
    errno: errnoOf(error),
    hint: denied ? 'Cgroups can be made by root only, and not where /sys/fs/cgroup is mounted read-only (as in a container).' : undefined,
    cause: error,
  });
}
