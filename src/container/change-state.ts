/**
 * The one function that changes a container's state, and the rules of what may follow what:
 *
 *   creating -> created -> running <-> paused
 *                  running, paused -> exited, or restarting -> running
 *
 * A failed start leaves `created`, or `exited` where it had run before. The row and the event are written together.
 */
import {
  isAlive,
  type Container,
  type ContainerState,
  type EndedFacts,
  type Health,
  type RestartFacts,
  type RunningFacts,
} from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';
import { recordEvent } from '../state/events.ts';
import { readContainer, writeState } from './records.ts';
import { stateEvents } from './state-events.ts';

export type StateChange =
  /** All of its files are there. */
  | { type: 'made' }
  /** `wasConnected`: its network was there already. `attached`: as below. */
  | { type: 'startFailed'; error: string; exitCode: number; wasConnected?: boolean; attached?: boolean }
  /** `by` a user it begins anew; by its policy it goes on counting. `attached`: by somebody who attached to it for this start. */
  | { type: 'started'; by: 'user' | 'policy'; facts: RunningFacts; attached?: boolean }
  | { type: 'paused'; facts: RunningFacts }
  | { type: 'resumed'; facts: RunningFacts }
  | { type: 'ended'; facts: EndedFacts }
  /** It ended, and is to be started again after `delayMs`, at `restartAt`. */
  | { type: 'restarting'; facts: EndedFacts; delayMs: number; restartAt: string }
  /** It ended before, and was to be started again; that was called off. */
  | { type: 'restartCanceled' };

/** The state that follows. Pure. @throws TsrunError CONFLICT or INTERNAL for what can't follow */
export function nextState(from: ContainerState, change: StateChange): ContainerState {
  switch (change.type) {
    case 'made':
      return { status: 'created' };
    case 'startFailed': {
      const { error, exitCode } = change;
      if (from.status !== 'exited' && from.status !== 'restarting') return { status: 'created', error, exitCode };
      const { startedAt, finishedAt } = from;
      return { status: 'exited', exitCode, oomKilled: false, startedAt, finishedAt, error };
    }
    case 'started':
      return { status: 'running', ...change.facts, ...lastEnd(from) };
    case 'resumed':
    case 'paused':
      // Its end was written down while it was frozen, or thawed.
      if (!isAlive(from)) throw new TsrunError('INTERNAL', `the container is ${from.status}, not running`);
      return { status: change.type === 'paused' ? 'paused' : 'running', ...change.facts, ...lastEnd(from) };
    case 'ended':
      return { status: 'exited', ...change.facts };
    case 'restarting':
      return { status: 'restarting', restartAt: change.restartAt, ...change.facts };
    case 'restartCanceled': {
      if (from.status !== 'restarting') throw new TsrunError('CONFLICT', `the container is ${from.status}, not restarting`);
      const { status: _status, restartAt: _restartAt, ...facts } = from;
      return { status: 'exited', ...facts };
    }
  }
}

function lastEnd(from: ContainerState): { finishedAt?: string } {
  return 'finishedAt' in from && from.finishedAt !== undefined ? { finishedAt: from.finishedAt } : {};
}

function nextRestarts(from: RestartFacts, change: StateChange): RestartFacts {
  const isByUser = from.stoppedBy === 'restart';
  if (change.type === 'started' && (change.by === 'user' || isByUser)) return { count: 0, delayMs: 0, stoppedBy: undefined };
  if (change.type === 'restarting' && !isByUser) return { ...from, count: from.count + 1, delayMs: change.delayMs };
  return from;
}

/** A check begins anew with each life; what has ended is not well. */
function nextHealth({ health, config }: Container, change: StateChange): Health | undefined {
  switch (change.type) {
    case 'started':
      return config.healthcheck === undefined ? undefined : { status: 'starting', failingStreak: 0, log: health?.log ?? [] };
    case 'ended':
    case 'restarting':
      return health === undefined ? undefined : { ...health, status: 'unhealthy' };
    default:
      return health;
  }
}

/**
 * Change a container's state, and record the event.
 * @returns the container as it is now; undefined where its row is gone.
 */
export function changeState(database: DatabaseSync, id: string, change: StateChange): Container | undefined {
  return transaction(database, () => {
    // As it is now: a `stop` may have written to it since the caller read it.
    const container = readContainer(database, id);
    if (container === undefined) return undefined;
    const changed: Container = {
      ...container,
      state: nextState(container.state, change),
      restarts: nextRestarts(container.restarts, change),
      health: nextHealth(container, change),
    };
    writeState(database, changed);
    for (const event of stateEvents(container, change)) recordEvent(database, event);
    return changed;
  });
}
