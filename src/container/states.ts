/**
 * What state a container is in now. What the kernel says wins over what was written: the lock that its monitor holds says
 * whether it is alive, its cgroup whether it is frozen. What was written is changed by `change-state.ts`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectCgroups, isFrozen, type CgroupLayout } from '../kernel/cgroup/index.ts';
import { startTimeOf } from '../kernel/process-start.ts';
import type { Container, ContainerState, EndedFacts } from '../model/container.ts';
import { isAlive } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { isOwned, liveNames } from '../state/ownership.ts';
import { containerCgroup, containerDirectory, liveContainerDirectory, type EnginePaths } from '../state/paths.ts';
import { restartDelay } from './restart-policy.ts';

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
  /** Of PID 1, in clock ticks since the boot. */
  startTime: number;
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

/**
 * The record of a container whose PID 1 is there, and whose monitor lives. The pid is still its own: a monitor may have reaped
 * PID 1 and yet hold the lock, for a client that reads slowly, and by then another process may have got that pid.
 */
export function runningRecord(paths: EnginePaths, id: string): StartedRecord | undefined {
  const started = isOwned(paths, id) ? readStartedRecord(paths, id) : undefined;
  return started !== undefined && startTimeOf(started.pid) === started.startTime ? started : undefined;
}

/** The state a container has now: its row, corrected by what the kernel and its monitor say. Writes nothing. */
export function currentState(paths: EnginePaths, container: Container): ContainerState {
  return stateNow(paths, container, isOwned(paths, container.id), detectCgroups);
}

/** Containers with the states that they have now. What is not alive costs nothing: the live directory is listed once. */
export function withCurrentStates(paths: EnginePaths, containers: readonly Container[]): Container[] {
  const live = new Set(liveNames(paths));
  let layout: CgroupLayout | undefined;
  const findLayout = (): CgroupLayout => (layout ??= detectCgroups());
  return containers.map((container) => {
    const state = stateNow(paths, container, live.has(container.id) && isOwned(paths, container.id), findLayout);
    // A copy would read what need not be read.
    return state === container.state ? container : { ...container, state };
  });
}

function stateNow(paths: EnginePaths, container: Container, owned: boolean, layout: () => CgroupLayout): ContainerState {
  const written = container.state;
  if (!owned) return notAlive(paths, container);
  if (isAlive(written)) {
    if (readExitRecord(paths, container.id) !== undefined) return justEnded(paths, container);
    return { ...written, status: isFrozen(layout(), containerCgroup(container)) ? 'paused' : 'running' };
  }
  // Its starter may be at it, or was killed after PID 1 began and before the row was written.
  const started = readStartedRecord(paths, container.id);
  if (started === undefined || started.startedAt === lastStart(written)) return written;
  return { status: 'running', pid: started.pid, startedAt: started.startedAt, ports: [] };
}

/** One that nobody owns. */
function notAlive(paths: EnginePaths, container: Container): ContainerState {
  const written = container.state;
  if (isAlive(written)) return justEnded(paths, container);
  if (written.status !== 'restarting') return written;
  const { restartAt: _restartAt, ...facts } = written;
  return { ...facts, status: 'exited' };
}

/** Nobody has written its end down yet. Whoever does will start it again where its policy says so. */
function justEnded(paths: EnginePaths, container: Container): ContainerState {
  const facts = endedFacts(paths, container);
  const delayMs = restartDelay(container, facts);
  if (delayMs === undefined) return { status: 'exited', ...facts };
  return { status: 'restarting', restartAt: new Date(Date.parse(facts.finishedAt) + delayMs).toISOString(), ...facts };
}

/** A record of the life that is known to have ended tells nothing new. */
const lastStart = (written: ContainerState): string | undefined => ('startedAt' in written ? written.startedAt : undefined);

/** How a container that was running ended: by its exit record, or, where its monitor was killed too, by a kill. */
export function endedFacts(paths: EnginePaths, container: Container): EndedFacts {
  const exit = readExitRecord(paths, container.id);
  const startedAt = isAlive(container.state)
    ? container.state.startedAt
    : (readStartedRecord(paths, container.id)?.startedAt ?? container.createdAt);
  if (exit !== undefined) return { exitCode: exit.status, oomKilled: exit.oomKilled, startedAt, finishedAt: exit.finishedAt };
  return {
    exitCode: 137,
    oomKilled: false,
    startedAt,
    finishedAt: new Date().toISOString(),
    error: 'its monitor was killed (or the host stopped), and the container with it',
  };
}
