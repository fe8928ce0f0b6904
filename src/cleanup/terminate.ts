/** Step 7: end what still runs of a container, and give its cgroups back. */
import { detectCgroups, killCgroup, removeCgroup } from '../kernel/cgroup/index.ts';

/** The path of a container's cgroup in every hierarchy. There is no parent directory of ours that could be left behind. */
export const containerCgroup = (id: string): string => `/tsrun-${id}`;

/** Kill every process that is left in a container's cgroups, and remove them. None there is fine. */
export function removeContainerCgroup(id: string): void {
  const layout = detectCgroups();
  const path = containerCgroup(id);
  killCgroup(layout, path);
  removeCgroup(layout, path);
}
