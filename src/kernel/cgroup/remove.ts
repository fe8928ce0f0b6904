/** Remove a container's cgroup from every hierarchy. */
import { rmdirSync } from 'node:fs';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import { traceCall } from '../trace.ts';
import { retry } from './files.ts';
import { cgroupDirectory, type CgroupLayout } from './layout.ts';
import { killOneByOne, listProcesses, subdirectories } from './processes.ts';

/** Milliseconds that dying processes may take to leave, before and after we look for others. */
const PATIENCE = 300;
const LAST_PATIENCE = 20_000;

/** Remove a directory and those below it. False while something is in use. A missing one is fine. */
function tryRemove(directory: string): boolean {
  try {
    traceCall(
      'rmdir',
      () => directory,
      () => rmdirSync(directory),
    );
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENODEV')) return true;
    if (!hasErrno(error, 'EBUSY', 'ENOTEMPTY')) throw error;
  }
  // Cgroups that the container made itself are only looked for when there may be some.
  const below = subdirectories(directory);
  for (const each of below) tryRemove(each);
  return false;
}

/**
 * Remove a cgroup (and those that were made below it) from every hierarchy; one that isn't there is fine. Processes that
 * were just killed need a moment to leave, so a busy directory is tried again; what then still lives in it is killed.
 * @param isStuck whether it was waited for before, in vain; asked only where it is busy. Then it is tried, and not waited for.
 * @throws TsrunError KERNEL, naming the directory and its processes, where one stays busy for some seconds.
 */
export function removeCgroup(layout: CgroupLayout, path: string, isStuck: () => boolean = () => false): void {
  const left = layout.hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, path)).filter((directory) => !tryRemove(directory));
  const finish = (): boolean => {
    for (let index = left.length - 1; index >= 0; index--) if (tryRemove(left[index] as string)) left.splice(index, 1);
    return left.length === 0;
  };
  if (left.length === 0 || retry(PATIENCE, finish)) return;
  killOneByOne(layout, path);
  if (!isStuck() && retry(LAST_PATIENCE, finish)) return;
  const pids = listProcesses(layout, path);
  throw new TsrunError(
    'KERNEL',
    `cgroup ${left[0]} is busy: ${pids.length === 0 ? 'no process is seen in it' : `processes ${pids.join(', ')} do not end`}`,
    {
      step: 7,
      call: 'rmdir',
      path: left[0],
      errno: 'EBUSY',
      hint: 'A process that waits for a disk or network file system cannot be killed; its cgroup can be removed when that answers.',
    },
  );
}
