/** Step 7: end what still runs of a container, and give its cgroups back. */
import { detectCgroups, killCgroup, removeCgroup } from '../kernel/cgroup/index.ts';
import { containerCgroup } from '../state/paths.ts';

/** Kill every process that is left in a container's cgroups, and remove them. None there is fine. */
export function removeContainerCgroup(id: string): void {
  const layout = detectCgroups();
  const path = containerCgroup(id);
  killCgroup(layout, path);
  removeCgroup(layout, path);
}
