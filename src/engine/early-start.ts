/** What of a start needs no plan: it is begun beside the steps that lead to one. */
import { CgroupDirectories, detectCgroups } from '../kernel/cgroup/index.ts';
import type { Container } from '../model/container.ts';
import { containerCgroup } from '../state/paths.ts';

/** `using` waits for what is still under way, before anything is given back. */
export interface EarlyStart extends Disposable {
  cgroup: CgroupDirectories;
}

/** Begin to start a container that is recorded, and whose lock is ours: whoever finds it dead removes what this makes. */
export function beginStart(container: Container): EarlyStart {
  const cgroup = new CgroupDirectories(detectCgroups(), containerCgroup(container));
  return {
    cgroup,
    [Symbol.dispose]: () => cgroup[Symbol.dispose](),
  };
}
