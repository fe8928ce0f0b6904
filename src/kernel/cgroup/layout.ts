/**
 * Where this host's cgroup hierarchies are. v2 is the model: one tree, `cgroup.*` files, controllers enabled from above.
 * Older hosts mount controllers as v1 hierarchies of their own, alone or beside a v2 tree that has few of them (hybrid).
 * A container has the same path in each of them.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readKernelFile } from '../kernel-file.ts';
import { native } from '../native.ts';

export interface CgroupHierarchy {
  version: 1 | 2;
  /** `memory`, `cpu`; for v2 those that its root has. */
  controllers: readonly string[];
  /** A v1 hierarchy without controllers has a name: `systemd`. */
  name?: string;
  mountPoint: string;
}

export interface CgroupLayout {
  kind: 'v1' | 'hybrid' | 'v2';
  hierarchies: readonly CgroupHierarchy[];
}

/** A hierarchy's directory for a path such as `/tsrun-0123`. */
export const cgroupDirectory = (hierarchy: CgroupHierarchy, path: string): string => `${hierarchy.mountPoint}${path}`;

/** The v2 tree, if there is one. */
export function unifiedHierarchy(layout: CgroupLayout): CgroupHierarchy | undefined {
  return layout.hierarchies.find((hierarchy) => hierarchy.version === 2);
}

/** Where a controller is; v1 wins, since the kernel gives it to one hierarchy only. */
export function controllerHierarchy(layout: CgroupLayout, controller: string): CgroupHierarchy | undefined {
  return layout.hierarchies.find((hierarchy) => hierarchy.controllers.includes(controller));
}

/** Options of a v1 superblock that are no controller. */
const NOT_CONTROLLERS = new Set(['rw', 'ro', 'xattr', 'clone_children', 'cpuset_v2_mode', 'noprefix', 'none', 'seclabel', 'favordynmods']);

/** mountinfo writes space, tab, newline and backslash as \ooo. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/**
 * The hierarchies in the text of /proc/self/mountinfo. One that is mounted twice counts where it is mounted whole, and first.
 * @param readControllers the content of a v2 mount's `cgroup.controllers`.
 */
export function parseCgroupMounts(mountinfo: string, readControllers: (mountPoint: string) => string): CgroupLayout {
  const byIdentity = new Map<string, { hierarchy: CgroupHierarchy; whole: boolean }>();
  for (const line of mountinfo.split('\n')) {
    // Most mounts are others: look before splitting.
    const separator = line.indexOf(' - cgroup');
    if (separator === -1) continue;
    const [, , device = '', root, mountPoint = ''] = line.slice(0, separator).split(' ');
    const [type, , options = ''] = line.slice(separator + 3).split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    const known = byIdentity.get(device);
    const whole = root === '/';
    if (known !== undefined && (known.whole || !whole)) continue;
    byIdentity.set(device, { hierarchy: makeHierarchy(type, unescape(mountPoint), options, readControllers), whole });
  }
  const hierarchies = [...byIdentity.values()].map(({ hierarchy }) => hierarchy);
  const has = (version: number): boolean => hierarchies.some((hierarchy) => hierarchy.version === version);
  return { kind: has(1) ? (has(2) ? 'hybrid' : 'v1') : 'v2', hierarchies };
}

function makeHierarchy(
  type: string,
  mountPoint: string,
  options: string,
  readControllers: (mountPoint: string) => string,
): CgroupHierarchy {
  if (type === 'cgroup2') {
    return {
      version: 2,
      controllers: readControllers(mountPoint)
        .split(/\s+/)
        .filter((word) => word !== ''),
      mountPoint,
    };
  }
  const words = options.split(',');
  const name = words.find((word) => word.startsWith('name='))?.slice('name='.length);
  const controllers = words.filter((word) => !NOT_CONTROLLERS.has(word) && !word.includes('='));
  return { version: 1, controllers, ...(name === undefined ? {} : { name }), mountPoint };
}

function readControllers(mountPoint: string): string {
  try {
    return readKernelFile(`${mountPoint}/cgroup.controllers`);
  } catch {
    // Hidden by another mount: then it is of no use, and not worth failing for.
    return '';
  }
}

let last: { table: number; layout: CgroupLayout } | undefined;

/**
 * This host's hierarchies. Without any cgroup mount it is a v2 layout with no hierarchy. A command asks more than once, and the kernel
 * tells when the mounts have changed: as long as they haven't (a v2 tree's controllers change with the mounts of v1), neither
 * has the answer. In a container of somebody else's that isn't so: what its tree has is given from outside, and who lives long (a program that uses
 * the API) knows what there was at first. Source: proc(5), /proc/[pid]/mounts.
 */
export function detectCgroups(): CgroupLayout {
  if (last === undefined || native().hasChanged(last.table)) last = readLayout(last?.table);
  return last.layout;
}

/** The table stays open, to be asked whether it has changed. */
function readLayout(former: number | undefined): { table: number; layout: CgroupLayout } {
  last = undefined;
  if (former !== undefined) closeSync(former);
  const table = openSync('/proc/self/mountinfo', 'r');
  try {
    return { table, layout: parseCgroupMounts(readFileSync(table, 'utf8'), readControllers) };
  } catch (error) {
    closeSync(table);
    throw error;
  }
}
