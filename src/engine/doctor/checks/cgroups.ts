/**
 * Cgroups of containers that are recorded and don't run. What was left of others is in stray-cgroups.ts.
 */
import { existsSync } from 'node:fs';
import { removeContainerCgroup } from '../../../cleanup/terminate.ts';
import { listContainers } from '../../../container/records.ts';
import { cgroupDirectory, detectCgroups } from '../../../kernel/cgroup/index.ts';
import { isOwned } from '../../../state/ownership.ts';
import { containerCgroup } from '../../../state/paths.ts';
import type { Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

export function checkCgroups(engine: Engine): Problem[] {
  const { hierarchies } = detectCgroups();
  return listContainers(engine.database()).flatMap((container) => {
    const cgroup = containerCgroup(container);
    const left = hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, cgroup)).filter((path) => existsSync(path));
    if (left.length === 0 || isOwned(engine.paths, container.id)) return [];
    return left.map((path) => ({
      what: `cgroup ${path} is of a container that doesn't run`,
      remedy: 'removed',
      mend: () => removeContainerCgroup(cgroup),
    }));
  });
}
