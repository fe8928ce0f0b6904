/** Stop a container and start it. */
import { recordContainerEvent } from '../container/events.ts';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { blockOn } from '../kernel/waiting.ts';
import { isAlive, type Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { RunListener } from '../model/run-request.ts';
import type { Engine } from './engine.ts';
import { noSuchContainer } from './on-container.ts';
import { startContainer } from './start-again.ts';
import { stopping, type StopOptions } from './stop.ts';

/** How long the next start may take: it waits for nothing but the machine. */
const START_WAIT_MS = 60_000;
const LONGEST_PAUSE_MS = 20;

/**
 * One that doesn't run is only started, as Docker's. One that is removed at its end (--rm) is kept: whoever reclaims it, which may be the
 * command in whose foreground it ran, starts it again.
 * @throws as `stopping` and `startContainer`; TsrunError NOT_FOUND where one with --rm could not be started again, and is gone
 */
export async function restartByUser(engine: Engine, container: Container, how: StopOptions, listener: RunListener): Promise<void> {
  const isKept = container.config.removeOnExit && isAlive(currentState(engine.paths, container));
  blockOn(stopping(engine, container, { ...how, by: isKept ? 'restart' : 'user' }));
  if (isKept) awaitNextLife(engine, container);
  const stopped = readContainer(engine.database(), container.id);
  if (stopped === undefined) throw noSuchContainer(container.name);
  // One that runs again is fine.
  await startContainer(engine, stopped, undefined, listener);
  recordContainerEvent(engine.database(), container, 'restart');
}

/** Until whoever reclaims it has started it again, or removed it. */
function awaitNextLife(engine: Engine, { id, name }: Container): void {
  const began = process.uptime();
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const container = readContainer(engine.database(), id);
    if (container !== undefined && isAlive(currentState(engine.paths, container))) return;
    if (container === undefined || (process.uptime() - began) * 1000 > START_WAIT_MS) {
      // Another command may have removed it, or ended it, which removes it, too.
      throw new TsrunError('NOT_FOUND', `Cannot restart container ${name}: No such container: ${id}`, {
        path: id,
        hint: 'it could not be started again, or was ended meanwhile: with --rm it is removed then',
      });
    }
    Atomics.wait(pause, 0, 0, wait);
  }
}
