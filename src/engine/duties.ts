/**
 * Duties that outlive a command: health checks. A file for each container that has one; the supervisor looks after all of
 * them, is there while there are any, and is started by whoever finds duties and no supervisor.
 * See docs/decisions/supervisor-for-health-checks.md.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { dutiesDirectory, supervisorLock, type EnginePaths } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { ownCommand, startDetached } from './own-command.ts';

/**
 * Before a container starts, where it has a health check: somebody is to look after it from now on. And when it runs: the
 * supervisor hears that the file was written.
 */
export function announceDuty(paths: EnginePaths, { id, config }: Pick<Container, 'id' | 'config'>): void {
  if (config.healthcheck === undefined) return;
  mkdirSync(dutiesDirectory(paths), { recursive: true, mode: 0o700 });
  writeFileSync(join(dutiesDirectory(paths), id), '\n', { mode: 0o600 });
}

/** When its life is over. One that isn't there is fine. */
export function endDuty(paths: EnginePaths, id: string): void {
  try {
    unlinkSync(join(dutiesDirectory(paths), id));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

/** IDs of the containers to look after. */
export function listDuties(paths: EnginePaths): string[] {
  try {
    return readdirSync(dutiesDirectory(paths));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** It stays: V8 without compilers, whose code need not be in memory, with little room for what is garbage soon, and one thread to look for it. */
const SMALL = ['--lite-mode', '--max-semi-space-size=1', '--expose-gc', '--v8-pool-size=1'];

/** glibc's allocator: one arena for all threads, and what was freed is given back to the kernel. */
const SMALL_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
  MALLOC_TOP_PAD_: '4096',
};

/** Whether a container is to be looked after. */
export const hasDuty = (paths: EnginePaths, id: string): boolean => existsSync(join(dutiesDirectory(paths), id));

/** Start the supervisor, if there is something to do and nobody to do it. Where there was never a duty it costs one look. */
export function ensureSupervisor(engine: Engine): void {
  const { paths } = engine;
  if (!existsSync(dutiesDirectory(paths)) || listDuties(paths).length === 0 || isSupervised(paths)) return;
  startDetached(ownCommand(engine, SMALL, ['__supervise']), { environment: SMALL_ENVIRONMENT });
}

function isSupervised(paths: EnginePaths): boolean {
  if (!existsSync(supervisorLock(paths))) return false;
  const lock = openSync(supervisorLock(paths), 'r');
  try {
    return !native().flock(lock, LOCK_SH | LOCK_NB);
  } finally {
    closeSync(lock);
  }
}

/** Whoever looks whether there is a supervisor holds the lock for a moment (`isSupervised`): it is tried so often. */
const TRIES = 20;
const BETWEEN_TRIES_MS = 10;

/** Become the supervisor. @returns the lock's descriptor, to be closed at the end; undefined: there is one */
export async function becomeSupervisor(paths: EnginePaths): Promise<number | undefined> {
  const lock = openSync(supervisorLock(paths), 'a', 0o600);
  for (let tries = 0; tries < TRIES; tries++) {
    if (native().flock(lock, LOCK_EX | LOCK_NB)) return lock;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
  }
  closeSync(lock);
  return undefined;
}
