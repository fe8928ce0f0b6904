/** `--network`, `--pid` and `--ipc container:ID`: what is another container's, found while that one runs. */
import { closeSync, openSync, statfsSync } from 'node:fs';
import { readContainer } from '../container/records.ts';
import { runningRecord } from '../container/states.ts';
import { native } from '../kernel/native.ts';
import type { ContainerConfig } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { EnginePaths } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { shortId } from '../model/short-id.ts';

/** What a container joins. */
export interface Joined {
  /** Where it is, for config.json: namespace files, and the other's /dev/shm. */
  paths: { pid?: string; ipc?: string; shm?: string };
  /** The thing itself, by slot: what is really entered, whoever has the pid by then. `shm` is a detached mount. */
  handles: { pid?: number; ipc?: number; shm?: number };
}

const TMPFS_MAGIC = 0x01021994;

/**
 * Find what a container joins. `closeJoined` closes it.
 * @throws TsrunError CONFLICT where the other doesn't run, or keeps its IPC for itself; in Docker's words
 */
export function findJoined(engine: Engine, config: ContainerConfig): Joined {
  const joined: Joined = { paths: {}, handles: {} };
  try {
    const [pid, ipc] = [joinedId(config.pid), joinedId(config.ipc)];
    if (pid !== undefined) joinPid(engine.paths, pid, joined);
    if (ipc !== undefined) joinIpc(engine, ipc, joined);
    return joined;
  } catch (error) {
    closeJoined(joined);
    throw error;
  }
}

/** When the new container has them, or never will. */
export function closeJoined({ handles }: Joined): void {
  for (const fd of Object.values(handles)) closeSync(fd);
}

const joinedId = (mode: string): string | undefined => (mode.startsWith('container:') ? mode.slice('container:'.length) : undefined);

function joinPid(paths: EnginePaths, id: string, { paths: found, handles }: Joined): void {
  found.pid = `/proc/${runningPid(paths, id, 'PID')}/ns/pid`;
  handles.pid = openSync(found.pid, 'r');
  // Still there after it was opened: so what was opened is the container's.
  runningPid(paths, id, 'PID');
}

/** The other's IPC namespace, and its /dev/shm: POSIX shared memory is files there. */
function joinIpc(engine: Engine, id: string, { paths: found, handles }: Joined): void {
  const { paths } = engine;
  const refused = (reason: string): TsrunError =>
    new TsrunError('CONFLICT', `can't join IPC of container ${id}: ${reason}`, { step: 6, path: id });
  const other = readContainer(engine.database(), id);
  if (other === undefined) throw refused(`No such container: ${id}`);
  const started = runningRecord(paths, id);
  if (started === undefined) throw refused(`container ${id} is not running`);
  const mode = other.config.ipc;
  if (mode !== 'shareable' && !mode.startsWith('container:'))
    throw refused('non-shareable IPC (hint: use IpcMode:shareable for the donor container)');
  const process_ = `/proc/${started.pid}`;
  found.ipc = `${process_}/ns/ipc`;
  found.shm = `${process_}/root/dev/shm`;
  let pidfd: number | undefined;
  try {
    pidfd = native().pidfdOpen(started.pid);
    handles.ipc = openSync(found.ipc, 'r');
    if (runningRecord(paths, id)?.pid !== started.pid) throw refused(`container ${id} is not running`);
    handles.shm = native().cloneMount(pidfd, '/dev/shm');
  } catch (error) {
    if (runningRecord(paths, id) === undefined) throw refused(`container ${id} is not running`);
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    throw refused(`its /dev/shm is gone (${(error as NodeJS.ErrnoException).code})`);
  } finally {
    if (pidfd !== undefined) closeSync(pidfd);
  }
  // A program with the right to mount may have put anything there.
  if (statfsSync(`/proc/self/fd/${handles.shm}`).type !== TMPFS_MAGIC) throw refused('its /dev/shm is no tmpfs');
}

/** Whether a container's program is there. */
export const isRunning = (paths: EnginePaths, id: string): boolean => runningRecord(paths, id) !== undefined;

/** PID 1 of a container that runs, as the host sees it. @throws TsrunError CONFLICT */
export function runningPid(paths: EnginePaths, id: string, what: string): number {
  const started = runningRecord(paths, id);
  if (started !== undefined) return started.pid;
  throw new TsrunError('CONFLICT', `cannot join ${what} of a non running container: ${id}`, {
    path: id,
    hint: `start it first: tsrun start ${shortId(id)}`,
  });
}
