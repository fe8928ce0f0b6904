/** The container's /sys/fs/cgroup, as the host's is: v1, hybrid or v2. */
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY } from '../kernel/constants.ts';
import type { PlanOperation } from '../model/plan.ts';
import type { CgroupHierarchy } from './compile-options.ts';
import type { MountContext, MountOperations } from './mount-operations.ts';
import { makeReadOnly } from './mount-operations.ts';
import { mountAttributes } from './mount-options.ts';
import type { MountOptions } from './mount-options.ts';

const SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/**
 * The config.json's mount of type cgroup.
 *
 * v2 is one mount. v1 and hybrid are a tmpfs with a directory for each hierarchy, and a link for each controller that shares one.
 * In a cgroup namespace of its own a hierarchy is mounted anew, with the container's directory as its root; without one, that
 * directory is bound.
 */
export function cgroupMountOperations(target: string, options: MountOptions, context: MountContext): MountOperations {
  const { kind, hierarchies } = context.cgroupMounts;
  if (kind === 'v2') {
    return { before: [], child: [mountHierarchy({ type: 'cgroup2', options: '' }, target, options.flags)], late: [] };
  }
  const before: PlanOperation[] = [];
  const flags = SAFE | (options.flags & ~MS_RDONLY);
  const child: PlanOperation[] = [
    { op: 'mount', source: 'tmpfs', target, type: 'tmpfs', flags, data: 'mode=755', kind: 'directory', nofollow: true },
  ];
  for (const hierarchy of hierarchies) {
    const path = `${target}/${hierarchy.name}`;
    if (context.cgroupNamespace) child.push(mountHierarchy(hierarchy, path, SAFE | options.flags));
    else {
      const slot = `cgroup:${hierarchy.name}`;
      const { set, clear } = mountAttributes(SAFE | options.flags, 0);
      before.push({ op: 'openTree', path: hierarchy.directory, recursive: false, slot });
      before.push({ op: 'mountSetattr', slot, set, clear, propagation: MS_PRIVATE, recursive: false });
      child.push({ op: 'moveMount', slot, target: path, kind: 'directory' });
    }
  }
  for (const { name } of hierarchies) {
    if (!name.includes(',')) continue;
    for (const controller of name.split(',')) child.push({ op: 'makeSymlink', path: `${target}/${controller}`, target: name });
  }
  if (options.flags & MS_RDONLY) child.push(makeReadOnly(target));
  return { before, child, late: [] };
}

function mountHierarchy(hierarchy: Pick<CgroupHierarchy, 'type' | 'options'>, target: string, flags: number): PlanOperation {
  const { type, options: data } = hierarchy;
  return { op: 'mount', source: 'cgroup', target, type, flags, data, kind: 'directory', nofollow: true };
}
