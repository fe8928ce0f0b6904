/** Step 7: end what still runs of a container, and give its cgroups back. */
import { detectCgroups, killCgroup, removeCgroup } from '../kernel/cgroup/index.ts';

/**
 * Kill every process that is left in a container's cgroups, and remove them. None there is fine.
 * @param path in every hierarchy
 * @param isStuck as `removeCgroup`
 * @throws TsrunError KERNEL as `removeCgroup`
 */
export function removeContainerCgroup(path: string, isStuck?: () => boolean): void {
  const layout = detectCgroups();
  killCgroup(layout, path);
  removeCgroup(layout, path, isStuck);
}
