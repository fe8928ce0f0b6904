/** What the mounts of a config.json become, and what they must know. */
import { MOUNT_ATTR_RDONLY } from '../kernel/constants.ts';
import type { PlanOperation, Slot } from '../model/plan.ts';
import type { CgroupMounts } from './compile-options.ts';

/** What mounts become. */
export interface MountOperations {
  before: PlanOperation[];
  child: PlanOperation[];
  /** At the very end: read-only remounts of what must be writable while mount points are made in it. */
  late: PlanOperation[];
}

export interface MountContext {
  bundle: string;
  cgroupMounts: CgroupMounts;
  /** Whether the process has a cgroup namespace of its own. */
  cgroupNamespace: boolean;
  /** sysfs belongs to the network namespace's owner: in a user namespace with another's network the host's is bound. */
  bindSysfs: boolean;
  /** Slots of detached mounts that were handed over, by their targets: these binds need not be opened. */
  handed: Readonly<Record<string, Slot>>;
  /** Propagation of binds that ask for none. */
  rootPrivate: boolean;
}

/** Make the mount at `path` read-only, and leave its other attributes as they are. */
export function makeReadOnly(path: string): PlanOperation {
  return { op: 'mountSetattr', path, set: MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, recursive: false };
}
