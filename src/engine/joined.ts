/** `--network` and `--pid container:ID`: what is another container's, found while that one runs. */
import { closeSync, openSync } from 'node:fs';
import { readStartedRecord } from '../container/states.ts';
import type { ContainerConfig } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { isOwned } from '../state/ownership.ts';
import type { EnginePaths } from '../state/paths.ts';

/** What a container joins. */
export interface Joined {
  /** The other's namespace file, for its config.json. */
  paths: { pid?: string };
  /** The namespace itself, by slot: what is really entered, whoever has the pid by then. */
  handles: { pid?: number };
}

/**
 * Find what a container joins. `closeJoined` closes it.
 * @throws TsrunError CONFLICT where the other doesn't run, in Docker's words; UNSUPPORTED for --ipc container:ID, which needs the
 *   other's /dev/shm, a mount that no other mount namespace can bind.
 */
export function findJoined(paths: EnginePaths, config: ContainerConfig): Joined {
  if (config.ipc.startsWith('container:')) {
    throw new TsrunError('UNSUPPORTED', '--ipc container:ID is not supported yet', { path: config.ipc, exitCode: 125 });
  }
  const other = joinedId(config.pid);
  if (other === undefined) return { paths: {}, handles: {} };
  const path = `/proc/${runningPid(paths, other, 'PID')}/ns/pid`;
  const pid = openSync(path, 'r');
  try {
    // Still there after it was opened: so what was opened is the container's.
    runningPid(paths, other, 'PID');
  } catch (error) {
    closeSync(pid);
    throw error;
  }
  return { paths: { pid: path }, handles: { pid } };
}

export function closeJoined({ handles }: Joined): void {
  if (handles.pid !== undefined) closeSync(handles.pid);
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
