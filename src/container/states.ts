/**
 * A container's states, and the one function that says what it is now. What the kernel says (the lock its monitor holds)
 * wins over what was written.
 *
 * creating -> created -> running -> exited -> running …; a failed start goes back to created with its error.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, ContainerState } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { isOwned } from '../state/ownership.ts';
import { containerDirectory, liveContainerDirectory, type EnginePaths } from '../state/paths.ts';

/** What the monitor writes when PID 1 ends. */
export interface ExitRecord {
  /** Exit code, or 128 + signal. */
  status: number;
  signal: number;
  oomKilled: boolean;
  finishedAt: string;
}

/** What the monitor writes when PID 1 runs. */
export interface StartedRecord {
  pid: number;
  monitorPid: number;
  startedAt: string;
}

export const exitRecordPath = (paths: EnginePaths, id: string): string => join(containerDirectory(paths, id), 'exit.json');
export const startedRecordPath = (paths: EnginePaths, id: string): string => join(liveContainerDirectory(paths, id), 'started.json');

function readRecord<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    // Missing, or a file system that lost what a crash was writing: both mean that nothing is known.
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export const readExitRecord = (paths: EnginePaths, id: string): ExitRecord | undefined => readRecord<ExitRecord>(exitRecordPath(paths, id));
export const readStartedRecord = (paths: EnginePaths, id: string): StartedRecord | undefined =>
  readRecord<StartedRecord>(startedRecordPath(paths, id));

/** The state a container has now: its row, corrected by what the kernel and its monitor say. Writes nothing. */
export function currentState(paths: EnginePaths, container: Container): ContainerState {
  const written = container.state;
  switch (written.status) {
    case 'exited':
      return written;
    case 'creating':
    case 'created': {
      // Its starter may have been killed after PID 1 began and before the row was written.
      const started = readStartedRecord(paths, container.id);
      if (started === undefined || !isOwned(paths, container.id)) return written;
      return { status: 'running', pid: started.pid, startedAt: started.startedAt, ports: [] };
    }
    case 'running':
      return isOwned(paths, container.id) && readExitRecord(paths, container.id) === undefined ? written : endedState(paths, container);
  }
}

/** What a container that was running became: by its exit record, or, where its monitor was killed too, by a kill. */
export function endedState(paths: EnginePaths, container: Container): ContainerState {
  const exit = readExitRecord(paths, container.id);
  const startedAt =
    container.state.status === 'running'
      ? container.state.startedAt
      : (readStartedRecord(paths, container.id)?.startedAt ?? container.createdAt);
  if (exit !== undefined) {
    return { status: 'exited', exitCode: exit.status, oomKilled: exit.oomKilled, startedAt, finishedAt: exit.finishedAt };
  }
  return {
    status: 'exited',
    exitCode: 137,
    oomKilled: false,
    startedAt,
    finishedAt: new Date().toISOString(),
    error: 'its monitor was killed (or the host stopped), and the container with it',
  };
}
