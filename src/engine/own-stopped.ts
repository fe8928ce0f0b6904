/** Become the owner of a container that is there and doesn't run: to start it, to change its files, to remove it. */
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { blockOn, type Waiting } from '../kernel/waiting.ts';
import type { Container } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import { disownContainer, ownContainer } from '../state/ownership.ts';
import type { OwnedContainer } from './create.ts';
import type { Engine } from './engine.ts';
import { noSuchContainer } from './on-container.ts';
import { reclaimLive } from './reclaim.ts';

/** How long another command is waited for: it writes down an end, copies files, or starts the container. */
const BUSY_MS = 60_000;

/**
 * Take the lock of a container that doesn't run, and read its row again: what the caller knows of it was true before. Whoever
 * has the lock is waited for.
 * @returns undefined where it was started meanwhile, or is about to be
 * @throws TsrunError NOT_FOUND where it was removed meanwhile; CONFLICT where somebody keeps it
 */
export function* owningStopped(engine: Engine, { id, name }: Container): Waiting<OwnedContainer | undefined> {
  // Not `performance`, whose first use would load 3 ms of Node.
  const deadline = process.hrtime.bigint() + BigInt(BUSY_MS) * 1_000_000n;
  for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
    const lock = tryToOwn(engine, id);
    const container = readContainer(engine.database(), id);
    if (lock !== undefined) {
      if (container !== undefined) return { container, lock };
      disownContainer(engine.paths, id, lock);
    }
    if (container === undefined) throw noSuchContainer(name);
    // It ended, and nobody has written that down yet.
    if (!reclaimLive(engine, id)) {
      const { status } = currentState(engine.paths, container);
      if (status === 'running' || status === 'paused' || status === 'restarting') return undefined;
      if (process.hrtime.bigint() > deadline) throw inUse(name);
      yield { ms: wait };
    }
  }
}

/** Block until it is ours. Returns and throws as `owningStopped`. */
export function ownStopped(engine: Engine, container: Container): OwnedContainer | undefined {
  return blockOn(owningStopped(engine, container));
}

function inUse(name: string): TsrunError {
  return new TsrunError('CONFLICT', `container ${name} is in use by another command`, {
    path: name,
    hint: 'it has been for a minute: try again when that command has ended',
  });
}

/** undefined: somebody has it. */
function tryToOwn(engine: Engine, id: string): number | undefined {
  try {
    return ownContainer(engine.paths, id);
  } catch (error) {
    if (isTsrunError(error, 'CONFLICT')) return undefined;
    throw error;
  }
}
