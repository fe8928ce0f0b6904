/** What a container finds at /sys/fs/cgroup: the hierarchies of its host, each with the container's own cgroup as its root. */
import { cgroupDirectory, type CgroupLayout } from './layout.ts';

/** One hierarchy; `compileCgroupMounts` makes mounts of it. */
export interface ContainerCgroupMount {
  /** Directory below /sys/fs/cgroup: `cpu,cpuacct`, `systemd`, `unified`. */
  name: string;
  type: 'cgroup' | 'cgroup2';
  /** mount(2)'s data: `cpu,cpuacct`, `none,name=systemd`; empty for cgroup2. */
  options: string;
  /** The container's own directory there, on the host. */
  directory: string;
}

/** On a v2 host one mount at /sys/fs/cgroup itself; otherwise one below it for each hierarchy. */
export function containerCgroupMounts(
  layout: CgroupLayout,
  path: string,
): { kind: CgroupLayout['kind']; hierarchies: ContainerCgroupMount[] } {
  const hierarchies = layout.hierarchies.map((hierarchy): ContainerCgroupMount => {
    const directory = cgroupDirectory(hierarchy, path);
    if (hierarchy.version === 2) return { name: 'unified', type: 'cgroup2', options: '', directory };
    const { controllers, name } = hierarchy;
    if (controllers.length === 0) return { name: name ?? 'none', type: 'cgroup', options: `none,name=${name}`, directory };
    const words = name === undefined ? controllers : [...controllers, `name=${name}`];
    return { name: controllers.join(','), type: 'cgroup', options: words.join(','), directory };
  });
  return { kind: layout.kind, hierarchies };
}
