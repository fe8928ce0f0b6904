/** Remove a container: its row, files, log and, where asked, its anonymous volumes. */
import { closeSync } from 'node:fs';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { blockOn, type Waiting } from '../kernel/waiting.ts';
import type { Container, ContainerState } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import { disownContainer } from '../state/ownership.ts';
import { withReserve } from '../state/reserve.ts';
import type { OwnedContainer } from './create.ts';
import type { Engine } from './engine.ts';
import { noSuchContainer } from './on-container.ts';
import { owningStopped } from './own-stopped.ts';
import { forgetContainer } from './reclaim.ts';
import { killingForGood } from './stop.ts';

export interface RemoveOptions {
  /** Kill it first where it runs. */
  force: boolean;
  /** Remove its anonymous volumes too. */
  volumes: boolean;
}

/** What must be done before one in this state can be removed, in Docker's words. */
const FIRST: Partial<Record<ContainerState['status'], string>> = {
  running: 'Stop the container before attempting removal or force remove',
  paused: 'Unpause and then stop the container before attempting removal or force remove',
  restarting: 'Stop the container before attempting removal or force remove',
};

/**
 * @throws TsrunError CONFLICT when it runs and `force` is not set, in Docker's words; NOT_FOUND where another command was quicker
 */
export function* removing(engine: Engine, container: Container, options: RemoveOptions): Waiting<void> {
  const wasEnded = yield* endingFirst(engine, container, options);
  // Gone with its end, which was ours to write down, or with --rm somebody else's.
  if (wasEnded && readContainer(engine.database(), container.id) === undefined) return;
  let owned: OwnedContainer | undefined;
  try {
    owned = yield* owningStopped(engine, container);
  } catch (error) {
    // With --rm, whoever attends to it may be slow, and remove it only now: it is gone, as asked.
    if (wasEnded && container.config.removeOnExit && isTsrunError(error, 'NOT_FOUND')) return;
    throw error;
  }
  if (owned === undefined) return yield* removing(engine, asItIs(engine, container), options);
  try {
    withReserve(engine.paths, () => forgetContainer(engine, owned.container, options.volumes));
  } catch (error) {
    closeSync(owned.lock);
    throw error;
  }
  disownContainer(engine.paths, container.id, owned.lock);
}

/** Remove it, and do nothing else meanwhile. Throws as `removing`. */
export function removeContainer(engine: Engine, container: Container, options: RemoveOptions): void {
  blockOn(removing(engine, container, options));
}

/** @returns whether it ran, and was killed */
function* endingFirst(engine: Engine, container: Container, { force, volumes }: RemoveOptions): Waiting<boolean> {
  const { status } = currentState(engine.paths, container);
  if (FIRST[status] === undefined) return false;
  if (force) {
    yield* killingForGood(engine, container, { volumes });
    return true;
  }
  throw new TsrunError('CONFLICT', `You cannot remove a ${status} container ${container.id}. ${FIRST[status]}`, {
    path: container.id,
    hint: `tsrun stop ${container.name}, or tsrun rm -f ${container.name}`,
  });
}

/** It was started since. */
function asItIs(engine: Engine, { id, name }: Container): Container {
  const found = readContainer(engine.database(), id);
  if (found === undefined) throw noSuchContainer(name);
  return found;
}
