/**
 * What of a start needs no plan: threads see to it while the plan is made. Begun when there is a network, whose namespace a thread of its
 * own makes: of two processors, one would have too much to do.
 */
import { CgroupDirectories, detectCgroups } from '../kernel/cgroup/index.ts';
import type { Container } from '../model/container.ts';
import { WaitingMonitor } from '../process/waiting-monitor.ts';
import { containerCgroup } from '../state/paths.ts';

/** `using` waits for what is still under way, before anything is given back. */
export interface EarlyStart extends Disposable {
  cgroup: CgroupDirectories;
  monitor: WaitingMonitor;
}

/** Begin to start a container that is recorded, and whose lock is ours: whoever finds it dead removes what this makes. */
export function beginStart(container: Container): EarlyStart {
  const cgroup = new CgroupDirectories(detectCgroups(), containerCgroup(container));
  const monitor = new WaitingMonitor(container.id, { meanwhile: true });
  return {
    cgroup,
    monitor,
    [Symbol.dispose]: () => {
      cgroup[Symbol.dispose]();
      monitor[Symbol.dispose]();
    },
  };
}
