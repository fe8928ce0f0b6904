/** Ask a container to end, and make it after a while. What was to start it again is called off. */
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { recordContainerEvent } from '../container/events.ts';
import { readContainer, writeStoppedBy } from '../container/records.ts';
import { currentState, readExitRecord, readStartedRecord, runningRecord } from '../container/states.ts';
import { detectCgroups, isFrozen, thawCgroup } from '../kernel/cgroup/index.ts';
import { native } from '../kernel/native.ts';
import { blockOn, type Waiting } from '../kernel/waiting.ts';
import { isAlive, type Container } from '../model/container.ts';
import { DEFAULT_STOP_SIGNAL, DEFAULT_STOP_TIMEOUT } from '../model/container-defaults.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { explainUnheard } from '../process/init-signals.ts';
import { parseSignal } from '../process/signals.ts';
import { transaction } from '../state/database.ts';
import { retryWithReserve } from '../state/reserve.ts';
import { containerCgroup, liveContainerDirectory, monitorSocket } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { reclaimLive, type GivingUp } from './reclaim.ts';
import { killWaiter } from './restart.ts';
import { shortId } from '../model/short-id.ts';
import { SIGKILL } from '../model/signals.ts';

/** How long whoever has a container that ended may take to give everything back. */
const END_WAIT_MS = 10_000;
/** How long the monitor of a program that ended is listened to; then its lock is looked at again and again. */
const MONITOR_END_SECONDS = 2;
/** How long a killed container's monitor may take to write its end: the kernel has freed everything by then, but is busy. */
const MONITOR_WAIT_MS = 60_000;

export interface StopOptions {
  /** -1: for ever; undefined: the container's own. */
  timeoutSeconds?: number | undefined;
  /** undefined: the container's own. */
  signal?: string | undefined;
  /** Who stops it: `tsrun restore` starts again what the engine stopped. */
  by?: 'user' | 'engine';
  /** Whoever reclaims it starts it again at once: this, with its lock, where that is us. */
  restart?: GivingUp['restart'];
  /** Whether a further descriptor may stay open until then; without one its monitor starts a process that reclaims it. */
  mayClaim?: boolean;
  /** Told why it had to be killed, where the kernel knows. */
  hint?: (sentence: string) => void;
}

const stopSignal = ({ config }: Container): number => parseSignal(config.stopSignal ?? DEFAULT_STOP_SIGNAL);

/**
 * Stop a running container: its stop signal, `timeoutSeconds` of patience, then SIGKILL. Over when it is stopped and
 * reclaimed; one that doesn't run is fine, as Docker's.
 */
export function* stopping(engine: Engine, container: Container, options: StopOptions): Waiting<void> {
  const { id, config } = container;
  const number = options.signal === undefined ? stopSignal(container) : parseSignal(options.signal);
  const patience = options.timeoutSeconds ?? config.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
  if (!isUp(engine, container)) return;
  // Before it ends: whoever finds it ended must not start it again.
  noteStopped(engine, id, options.restart === undefined ? (options.by ?? 'user') : 'restart');
  const end = function* ({ pidfd }: Init): Waiting<void> {
    sendAndTell(engine, container, pidfd, number);
    if (yield { fd: pidfd, ms: patience < 0 ? Infinity : patience * 1000 }) return;
    const reason = options.hint === undefined ? undefined : explainUnheard(readStatus(engine, id), number);
    if (reason !== undefined) options.hint?.(`${container.name} was killed after ${patience} s: ${reason}`);
    yield* kill(engine, container, pidfd);
  };
  const how = { mayClaim: options.mayClaim, restart: options.restart };
  if (options.restart !== undefined) yield* endLife(engine, id, end, how);
  else yield* endAll(engine, container, end, how);
  tell(engine, container, 'stop');
}

function* kill(engine: Engine, container: Container, pidfd: number): Waiting<void> {
  sendAndTell(engine, container, pidfd, SIGKILL);
  yield { fd: pidfd, ms: Infinity };
}

/** On a full disk, too, a container can be ended: it may be what fills the disk. */
function noteStopped(engine: Engine, id: string, by: 'user' | 'engine' | 'restart'): void {
  retryWithReserve(engine.paths, () => writeStoppedBy(engine.database(), id, by));
}

function tell(engine: Engine, container: Container, action: string): void {
  retryWithReserve(engine.paths, () => recordContainerEvent(engine.database(), container, action));
}

/** /proc/PID/status of PID 1; empty where it has just ended. */
function readStatus(engine: Engine, id: string): string {
  try {
    return readKernelFile(`/proc/${readStartedRecord(engine.paths, id)?.pid ?? 0}/status`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}

/**
 * Send a signal to PID 1 of a container. SIGKILL and the container's stop signal end it for good: its restart policy doesn't
 * start it again.
 * @throws TsrunError CONFLICT when it isn't running, in Docker's words; INVALID_ARGUMENT for what is no signal.
 */
export function* killing(engine: Engine, container: Container, signal: string): Waiting<void> {
  const { id } = container;
  const number = parseSignal(signal);
  const ends = number === SIGKILL || number === stopSignal(container);
  const init = openInit(engine, id);
  try {
    if (init === undefined && !(ends && isUp(engine, container))) {
      throw new TsrunError('CONFLICT', `Cannot kill container: ${container.name}: Container ${id} is not running`, { path: id });
    }
    if (ends) noteStopped(engine, id, 'user');
    if (number === SIGKILL || init === undefined) yield* killingForGood(engine, container);
    else sendAndTell(engine, container, init.pidfd, number);
  } finally {
    if (init !== undefined) closeSync(init.pidfd);
  }
}

/**
 * End a container at once, and what would start it again. One that doesn't run is fine.
 * @param remove remove it in one go, where it is ours to reclaim: the caller looks whether it is gone
 */
export function* killingForGood(engine: Engine, container: Container, remove?: GivingUp['remove']): Waiting<void> {
  if (container.config.restartPolicy.name !== 'no') noteStopped(engine, container.id, 'user');
  yield* endAll(engine, container, ({ pidfd }) => kill(engine, container, pidfd), { remove });
}

/** End every life of a container, with `end` for its program, until nobody is there to start another. */
function* endAll(engine: Engine, container: Container, end: (init: Init) => Waiting<void>, how: Ending): Waiting<void> {
  let isNext: boolean;
  do isNext = (yield* endLife(engine, container.id, end, how)) === 'next life';
  while (isNext || isUp(engine, container));
}

interface Ending extends GivingUp {
  mayClaim?: boolean | undefined;
}

/** End the life that a container has now, or the wait for its next one. @returns as `reclaiming` */
function* endLife(
  engine: Engine,
  id: string,
  end: (init: Init) => Waiting<void>,
  { mayClaim = true, ...giving }: Ending,
): Waiting<'over' | 'next life'> {
  const init = openInit(engine, id);
  let claim: number | undefined;
  try {
    if (init === undefined) killWaiter(engine.paths, id);
    else {
      if (mayClaim) claim = claimCleanup(engine, id);
      yield* end(init);
      if (claim !== undefined) yield* monitorEnd(claim);
    }
    return yield* reclaiming(engine, id, giving);
  } finally {
    if (init !== undefined) closeSync(init.pidfd);
    // Only now: a monitor that is slow to end would start a process that reclaims, which knows nothing of `remove`.
    if (claim !== undefined) closeSync(claim);
  }
}

/** Until a monitor is gone and its lock is free: then we may reclaim. Some clients keep it longer, and there is `reclaiming` for that. */
function* monitorEnd(control: number): Waiting<void> {
  const deadline = process.uptime() + MONITOR_END_SECONDS;
  do {
    const ms = (deadline - process.uptime()) * 1000;
    if (ms <= 0 || !(yield { fd: control, ms })) return;
  } while (!native().awaitMonitorEnd(control, 0));
}

/**
 * Be the one who reclaims a container when it ends: its monitor would start a process for it, and we wait for that anyway. If
 * we are killed before, the monitor sees it and does it.
 * @returns a descriptor to keep open until then; undefined: its monitor is not to be reached, or at its end already
 */
function claimCleanup(engine: Engine, id: string): number | undefined {
  let control: number;
  try {
    control = native().connectMonitor(monitorSocket(engine.paths, id));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET')) return undefined;
    throw error;
  }
  try {
    if (native().claimCleanup(control)) return control;
  } catch (error) {
    closeSync(control);
    throw error;
  }
  closeSync(control);
  return undefined;
}

/** Whether its program runs, or something is about to start it. */
function isUp(engine: Engine, { id }: Container): boolean {
  const container = readContainer(engine.database(), id);
  if (container === undefined) return false;
  const state = currentState(engine.paths, container);
  return isAlive(state) || state.status === 'restarting';
}

/** PID 1 of a container, as the host sees it. */
interface Init {
  readonly pidfd: number;
  readonly pid: number;
}

/**
 * A pidfd of PID 1 (the caller closes it), or undefined where the container doesn't run. A pid that was given to another
 * process is not mistaken for it.
 */
export function openInit(engine: Engine, id: string): Init | undefined {
  const started = runningRecord(engine.paths, id);
  if (started === undefined) return undefined;
  let pidfd: number;
  try {
    pidfd = native().pidfdOpen(started.pid);
  } catch (error) {
    if (hasErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  // Still PID 1's after the pidfd was opened: so that is PID 1's, too.
  if (runningRecord(engine.paths, id)?.pid === started.pid) return { pidfd, pid: started.pid };
  closeSync(pidfd);
  return undefined;
}

function sendAndTell(engine: Engine, container: Container, pidfd: number, signal: number): void {
  // One that ended and isn't reaped yet would take it.
  if (native().pidfdWait(pidfd, 0)) return;
  const database = engine.database();
  let isSent = false;
  try {
    // Whoever finds that it died has to wait until this is written: the end is told after what it came from.
    const sendInside = (): void => {
      recordContainerEvent(database, container, 'kill', { signal: String(signal) });
      if (!isSent) native().pidfdSendSignal(pidfd, signal);
      isSent = true;
    };
    retryWithReserve(engine.paths, () => transaction(database, sendInside));
  } catch (error) {
    if (hasErrno(error, 'ESRCH')) return;
    throw error;
  }
  // A frozen program doesn't hear it.
  const layout = detectCgroups();
  const path = containerCgroup(container);
  if (!isFrozen(layout, path)) return;
  thawCgroup(layout, path);
  tell(engine, container, 'unpause');
}

/**
 * Wait until the life that a container has now is over: its monitor has written the end and given it up; and reclaim it
 * unless somebody did already. Whoever did may have started it again, or be about to. The command in
 * whose foreground it ran reclaims it, and may be slow: what its reader hasn't taken yet comes first there.
 * @returns `next life` where whoever reclaimed it is about to start it again, or did; its row may not say so yet
 * @throws TsrunError INTERNAL when nobody gives it up within MONITOR_WAIT_MS
 */
export function* reclaiming(engine: Engine, id: string, giving?: GivingUp): Waiting<'over' | 'next life'> {
  const life = readStartedRecord(engine.paths, id)?.startedAt;
  const began = process.uptime();
  for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
    if (reclaimLive(engine, id, giving)) return 'over';
    if (!isPresent(engine, id)) return 'over';
    if (readStartedRecord(engine.paths, id)?.startedAt !== life) return 'next life';
    // Not `performance`: its first use loads 3 ms of Node.
    const waited = (process.uptime() - began) * 1000;
    if (waited > END_WAIT_MS && readExitRecord(engine.paths, id) !== undefined) return 'over';
    if (waited > MONITOR_WAIT_MS) {
      throw new TsrunError('INTERNAL', `container ${shortId(id)} was ended, but its monitor doesn't give it up`, {
        path: join(liveContainerDirectory(engine.paths, id), 'lock'),
      });
    }
    yield { ms: wait };
  }
}

/** Block until the life that a container has now is over. Throws as `reclaiming`. */
export function awaitReclaim(engine: Engine, id: string): void {
  blockOn(reclaiming(engine, id));
}

/** Until its live directory is gone, somebody is still at it. */
function isPresent(engine: Engine, id: string): boolean {
  return existsSync(liveContainerDirectory(engine.paths, id));
}
