/** `--network`, `--ipc` and `--pid container:ID`: what is another container's, found while that one runs. */
import { closeSync, constants, openSync } from 'node:fs';
import { readStartedRecord } from '../container/states.ts';
import { RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import type { ContainerConfig } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { isOwned } from '../state/ownership.ts';
import type { EnginePaths } from '../state/paths.ts';

/** Namespace files of the containers that this one joins, and the other's /dev/shm. */
export interface Joined {
  network?: string;
  ipc?: string;
  pid?: string;
  shm?: string;
}

/**
 * Find what a container joins.
 * @param descriptors gets what must stay open until the container has started; the caller closes it.
 * @throws TsrunError CONFLICT where the other doesn't run, in Docker's words.
 */
export function findJoined(paths: EnginePaths, config: ContainerConfig, descriptors: number[]): Joined {
  const joined: Joined = {};
  const ipc = joinedId(config.ipc);
  const pid = joinedId(config.pid);
  if (ipc !== undefined) {
    const other = runningPid(paths, ipc, 'IPC');
    joined.ipc = `/proc/${other}/ns/ipc`;
    joined.shm = sharedMemory(other, descriptors);
  }
  if (pid !== undefined) joined.pid = `/proc/${runningPid(paths, pid, 'PID')}/ns/pid`;
  return joined;
}

const joinedId = (mode: string): string | undefined => (mode.startsWith('container:') ? mode.slice('container:'.length) : undefined);

/** PID 1 of a container that runs, as the host sees it. @throws TsrunError CONFLICT */
export function runningPid(paths: EnginePaths, id: string, what: string): number {
  const started = isOwned(paths, id) ? readStartedRecord(paths, id) : undefined;
  if (started !== undefined) return started.pid;
  throw new TsrunError('CONFLICT', `cannot join ${what} of a non running container: ${id}`, {
    path: id,
    hint: `start it first: tsrun start ${id.slice(0, 12)}`,
    exitCode: 125,
  });
}

/** The other's /dev/shm by a descriptor of ours: what its programs do to the path can't lead us anywhere else. */
function sharedMemory(pid: number, descriptors: number[]): string {
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const opened = native().openat2(root, 'dev/shm', constants.O_RDONLY | constants.O_DIRECTORY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    descriptors.push(opened);
    return `/proc/${process.pid}/fd/${opened}`;
  } finally {
    closeSync(root);
  }
}
