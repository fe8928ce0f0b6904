/** Join a container that runs: our streams and its own, in both directions, beside whoever is attached already. */
import { closeSync } from 'node:fs';
import { recordContainerEvent } from '../container/events.ts';
import { currentState } from '../container/states.ts';
import { native, type AttachResult } from '../kernel/native.ts';
import { isAlive, type Container, type ContainerState } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { RunListener } from '../model/run-request.ts';
import { monitorSocket } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { warnOfSkipped } from './finish.ts';
import { sessionEvents } from './session-events.ts';
import { awaitReclaim } from './stop.ts';

export interface Attachment {
  /** Whether our stdin is the container's: where it has one. */
  stdin: boolean;
  detachKeys: Uint8Array;
  signalProxy: boolean;
}

/**
 * Attach until the container ends.
 * @returns its exit code
 * @throws TsrunError CONFLICT where it doesn't run, in Docker's words; DETACHED (exit code 1) where the user typed the detach keys
 */
export function attachContainer(engine: Engine, container: Container, attachment: Attachment, listener: RunListener): number {
  const end = join(engine, container, attachment);
  if (end.type === 'detached') throw detachedError();
  warnOfSkipped(end, listener);
  return exitCodeOf(engine, container, end);
}

/** What Docker says to somebody who typed the detach keys. */
export const detachedError = (): TsrunError => new TsrunError('DETACHED', 'read escape sequence', { exitCode: 1 });

/** Attach until the container ends or the user detaches. */
export function join(engine: Engine, container: Container, { stdin, detachKeys, signalProxy }: Attachment): AttachResult {
  const { terminal, openStdin } = container.config;
  const control = connect(engine, container);
  const session = sessionEvents(engine, container);
  try {
    recordContainerEvent(engine.database(), container, 'attach');
    const end = native().attach({
      control,
      stdin: stdin && openStdin ? 0 : -1,
      stdout: 1,
      stderr: 2,
      terminal,
      redraw: true,
      detachKeys,
      signalProxy,
      claimCleanup: false,
      resized: session.resized,
    });
    session.ended(end);
    return end;
  } finally {
    closeSync(control);
  }
}

/** @throws TsrunError CONFLICT where it doesn't run, in Docker's words */
function connect(engine: Engine, container: Container): number {
  refuseUnlessRunning(currentState(engine.paths, container));
  try {
    return native().connectMonitor(monitorSocket(engine.paths, container.id));
  } catch (error) {
    // It ended by itself in between.
    if (hasErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET')) refuseUnlessRunning({ status: 'created' });
    throw error;
  }
}

function refuseUnlessRunning({ status }: Pick<ContainerState, 'status'>): void {
  if (status === 'running') return;
  const reason: Partial<Record<ContainerState['status'], string>> = {
    paused: 'a paused container, unpause it first',
    restarting: 'a restarting container, wait until it is running',
  };
  throw new TsrunError('CONFLICT', `You cannot attach to ${reason[status] ?? 'a stopped container, start it first'}`, { exitCode: 1 });
}

function exitCodeOf(engine: Engine, container: Container, end: AttachResult): number {
  if (end.type === 'exited') {
    awaitReclaim(engine, container.id);
    return end.status;
  }
  const state = currentState(engine.paths, container);
  if (isAlive(state)) throw new TsrunError('KERNEL', `the connection to container ${container.name} was lost`, { call: 'recv' });
  return state.status === 'exited' ? state.exitCode : 137;
}
