/**
 * A container that ended and is to be started again: `tsrun-after` waits in its place, holding its lock, and then becomes
 * `tsrun __restart ID`. Whatever kills it leaves the lock free: the next command finds the container `restarting` with nobody
 * to do it, and starts the wait again (`giveBack`). See docs/decisions/restarts-without-a-daemon.md.
 */
import { closeSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { afterExecutable, native } from '../kernel/native.ts';
import { hasErrno } from '../model/errors.ts';
import { SIGKILL } from '../model/signals.ts';
import { liveContainerDirectory, type EnginePaths } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { quickCommand, startDetached } from './own-command.ts';

/** Where the process that waits writes its pid. */
const waiterPath = (paths: EnginePaths, id: string): string => join(liveContainerDirectory(paths, id), 'waiter');

/** Have a container started again after a while. Its lock goes to the process that waits; the caller's is closed. */
export function restartLater(engine: Engine, id: string, lock: number, delayMs: number): void {
  try {
    const program = [afterExecutable(), String(delayMs), waiterPath(engine.paths, id), ...quickCommand(engine, '__restart', id)];
    startDetached(program, { descriptors: [lock] });
  } finally {
    closeSync(lock);
  }
}

/** The wait is over, and the container runs. */
export function forgetWaiter(paths: EnginePaths, id: string): void {
  rmSync(waiterPath(paths, id), { force: true });
}

/** Kill the process that waits to restart a container, or is about to; none is fine. */
export function killWaiter(paths: EnginePaths, id: string): void {
  const pid = readWaiter(paths, id);
  if (pid === undefined) return;
  let pidfd: number;
  try {
    pidfd = native().pidfdOpen(pid);
  } catch (error) {
    if (hasErrno(error, 'ESRCH', 'EINVAL')) return;
    throw error;
  }
  try {
    // It has the container's ID among its words, before and after it became `tsrun __restart`: a pid that is another's by now hasn't.
    if (!readWords(pid).includes(id)) return;
    native().pidfdSendSignal(pidfd, SIGKILL);
    native().pidfdWait(pidfd, -1);
  } catch (error) {
    if (!hasErrno(error, 'ESRCH')) throw error;
  } finally {
    closeSync(pidfd);
  }
}

function readWaiter(paths: EnginePaths, id: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(waiterPath(paths, id), 'latin1'), 10) || undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function readWords(pid: number): string[] {
  try {
    return readKernelFile(`/proc/${pid}/cmdline`).split('\0');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return [];
    throw error;
  }
}
