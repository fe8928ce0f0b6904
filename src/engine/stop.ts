/** Ask a container to end, and make it after a while. */
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { readStartedRecord } from '../container/states.ts';
import { native } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { parseSignal } from '../process/signals.ts';
import { isOwned } from '../state/ownership.ts';
import { liveContainerDirectory } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { reclaimLive } from './reclaim.ts';

const SIGKILL = 9;

/** How long a killed container's monitor may take to write its end; the kernel has freed everything by then. */
const END_WAIT_MS = 10_000;

/**
 * Stop a running container: its stop signal, `timeoutSeconds` of patience (-1: for ever), then SIGKILL. Returns when it is
 * stopped and reclaimed; one that doesn't run is fine, as Docker's.
 */
export function stopContainer(engine: Engine, container: Container, timeoutSeconds: number | undefined, signal: string | undefined): void {
  const init = openInit(engine, container.id);
  if (init === undefined) return;
  const { pidfd } = init;
  try {
    const patience = timeoutSeconds ?? container.config.stopTimeout;
    send(pidfd, parseSignal(signal ?? container.config.stopSignal));
    if (!native().pidfdWait(pidfd, patience < 0 ? -1 : patience * 1000)) {
      send(pidfd, SIGKILL);
      native().pidfdWait(pidfd, -1);
    }
  } finally {
    closeSync(pidfd);
  }
  awaitReclaim(engine, container.id);
}

/**
 * Send a signal to PID 1 of a container.
 * @throws TsrunError CONFLICT when it isn't running, in Docker's words.
 */
export function killContainer(engine: Engine, container: Container, signal: string): void {
  const init = openInit(engine, container.id);
  if (init === undefined) {
    throw new TsrunError('CONFLICT', `Cannot kill container: ${container.name}: Container ${container.id} is not running`, {
      path: container.id,
    });
  }
  const { pidfd } = init;
  try {
    const number = parseSignal(signal);
    send(pidfd, number);
    if (number !== SIGKILL) return;
    native().pidfdWait(pidfd, -1);
  } finally {
    closeSync(pidfd);
  }
  awaitReclaim(engine, container.id);
}

/**
 * A pidfd of PID 1 (the caller closes it), or undefined where the container doesn't run. A pid that was given to another
 * process is not mistaken for it.
 */
export function openInit(engine: Engine, id: string): { pidfd: number; pid: number } | undefined {
  const started = readStartedRecord(engine.paths, id);
  if (started === undefined) return undefined;
  let pidfd: number;
  try {
    pidfd = native().pidfdOpen(started.pid);
  } catch (error) {
    if (hasErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  // The monitor, which reaps PID 1, still holds the lock: so the pid was still PID 1's when the pidfd was opened.
  if (isOwned(engine.paths, id) && readStartedRecord(engine.paths, id)?.pid === started.pid) return { pidfd, pid: started.pid };
  closeSync(pidfd);
  return undefined;
}

function send(pidfd: number, signal: number): void {
  try {
    native().pidfdSendSignal(pidfd, signal);
  } catch (error) {
    if (!hasErrno(error, 'ESRCH')) throw error;
  }
}

/** Wait until the monitor has written the end and given the container up, and reclaim it unless somebody did already. */
export function awaitReclaim(engine: Engine, id: string): void {
  const deadline = Date.now() + END_WAIT_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
    if (reclaimLive(engine, id)) return;
    if (!isPresent(engine, id)) return;
    if (Date.now() > deadline) {
      throw new TsrunError('INTERNAL', `container ${id.slice(0, 12)} was ended, but its monitor doesn't give it up`, {
        path: join(liveContainerDirectory(engine.paths, id), 'lock'),
      });
    }
    Atomics.wait(pause, 0, 0, wait);
  }
}

/** Until its live directory is gone, somebody is still at it. */
function isPresent(engine: Engine, id: string): boolean {
  return existsSync(liveContainerDirectory(engine.paths, id));
}
