/** Which of its limits a container ran into, and how large they are. */
import { readExitRecord } from '../container/states.ts';
import { detectCgroups, readRefusedForks } from '../kernel/cgroup/index.ts';
import type { Container } from '../model/container.ts';
import { containerCgroup, type EnginePaths } from '../state/paths.ts';

/** A sentence each, of a life that ended and whose cgroup is still there. Only limits that were set cost a look. */
export function limitsReached(paths: EnginePaths, container: Pick<Container, 'id' | 'config'>): string[] {
  const { id, config } = container;
  const { memory, pidsLimit = 0 } = config.limits;
  const reached: string[] = [];
  if (readExitRecord(paths, id)?.oomKilled === true) {
    const which = memory === undefined ? 'it has no limit of its own: the host had none left' : `its limit is ${memory} bytes (--memory)`;
    reached.push(`it ran out of memory, and the kernel killed a process of it; ${which}`);
  }
  const refused = pidsLimit > 0 ? (readRefusedForks(detectCgroups(), containerCgroup(container)) ?? 0) : 0;
  if (refused > 0) reached.push(`it could not make more processes, ${refused} times; its limit is ${pidsLimit} (--pids-limit)`);
  return reached;
}
