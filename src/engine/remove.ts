/** Remove a container: its row, files, log and, where asked, its anonymous volumes. */
import { closeSync } from 'node:fs';
import { currentState } from '../container/states.ts';
import { isAlive, type Container } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import { disownContainer, ownContainer } from '../state/ownership.ts';
import type { Engine } from './engine.ts';
import { forgetContainer } from './reclaim.ts';
import { killContainer } from './stop.ts';

export interface RemoveOptions {
  /** Kill it first where it runs. */
  force: boolean;
  /** Remove its anonymous volumes too. */
  volumes: boolean;
}

/**
 * @throws TsrunError CONFLICT when it runs and `force` is not set, in Docker's words.
 */
export function removeContainer(engine: Engine, container: Container, options: RemoveOptions): void {
  if (isAlive(currentState(engine.paths, container))) {
    if (!options.force) {
      throw new TsrunError(
        'CONFLICT',
        `You cannot remove a running container ${container.id}. Stop the container before attempting removal or force remove`,
        { path: container.id, hint: `tsrun stop ${container.name}, or tsrun rm -f ${container.name}` },
      );
    }
    killIfRunning(engine, container);
  }
  const lock = ownContainer(engine.paths, container.id);
  try {
    forgetContainer(engine, container, options.volumes);
  } catch (error) {
    closeSync(lock);
    throw error;
  }
  disownContainer(engine.paths, container.id, lock);
}

function killIfRunning(engine: Engine, container: Container): void {
  try {
    killContainer(engine, container, 'KILL');
  } catch (error) {
    // It ended by itself in between.
    if (!isTsrunError(error, 'CONFLICT')) throw error;
  }
}
