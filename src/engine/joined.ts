/** `--network`, `--ipc` and `--pid container:ID`: what is another container's, found while that one runs. */
import { closeSync, constants, openSync } from 'node:fs';
import { readStartedRecord } from '../container/states.ts';
import { RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import type { ContainerConfig } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { isOwned } from '../state/ownership.ts';
import type { EnginePaths } from '../state/paths.ts';

/** What a container joins. */
export interface Joined {
  /** Namespace files of the others, and the other's /dev/shm, for its config.json. */
  paths: { ipc?: string; pid?: string; shm?: string };
  /** The namespaces themselves, by slot: what is really entered, whoever has the pid by then. The caller closes all. */
  handles: { ipc?: number; pid?: number };
  /** Must stay open until the container has started; the caller closes it. */
  sharedMemory?: number;
}

/**
 * Find what a container joins.
 * @throws TsrunError CONFLICT where the other doesn't run, in Docker's words.
 */
export function findJoined(paths: EnginePaths, config: ContainerConfig): Joined {
  const joined: Joined = { paths: {}, handles: {} };
  const ipc = joinedId(config.ipc);
  const pid = joinedId(config.pid);
  try {
    if (ipc !== undefined) {
      const other = runningPid(paths, ipc, 'IPC');
      joined.paths.ipc = `/proc/${other}/ns/ipc`;
      joined.handles.ipc = openSync(joined.paths.ipc, 'r');
      joined.sharedMemory = openSharedMemory(other);
      joined.paths.shm = `/proc/${process.pid}/fd/${joined.sharedMemory}`;
      runningPid(paths, ipc, 'IPC');
    }
    if (pid !== undefined) {
      joined.paths.pid = `/proc/${runningPid(paths, pid, 'PID')}/ns/pid`;
      joined.handles.pid = openSync(joined.paths.pid, 'r');
      // Still there after it was opened: so what was opened is the container's.
      runningPid(paths, pid, 'PID');
    }
    return joined;
  } catch (error) {
    closeJoined(joined);
    throw error;
  }
}

export function closeJoined({ handles, sharedMemory }: Joined): void {
  for (const fd of [handles.ipc, handles.pid, sharedMemory]) if (fd !== undefined) closeSync(fd);
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
function openSharedMemory(pid: number): number {
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return native().openat2(root, 'dev/shm', constants.O_RDONLY | constants.O_DIRECTORY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
  } finally {
    closeSync(root);
  }
}
