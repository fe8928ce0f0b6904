/** Stop a container and start it. */
import { recordContainerEvent } from '../container/events.ts';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { blockOn, type Waiting } from '../kernel/waiting.ts';
import { isAlive, type Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { RunListener } from '../model/run-request.ts';
import type { Engine } from './engine.ts';
import { noSuchContainer } from './on-container.ts';
import { restartContainer } from './restore.ts';
import { startContainer } from './start-again.ts';
import { stopping, type StopOptions } from './stop.ts';

/** How long somebody else's start may take: it waits for nothing but the machine. */
const START_WAIT_MS = 60_000;
const LONGEST_PAUSE_MS = 20;

/** One that doesn't run is only started, as Docker's. Throws as `stopping` and `startContainer`. */
export async function restartByUser(engine: Engine, container: Container, how: StopOptions, listener: RunListener): Promise<void> {
  if (container.config.removeOnExit && isAlive(currentState(engine.paths, container))) await keepAndStart(engine, container, how, listener);
  else {
    blockOn(stopping(engine, container, how));
    const stopped = readContainer(engine.database(), container.id);
    if (stopped === undefined) throw noSuchContainer(container.name);
    await startContainer(engine, stopped, undefined, listener);
  }
  recordContainerEvent(engine.database(), container, 'restart');
}

/**
 * One that is removed at its end (--rm) is kept: its lock is never free between its lives, and if we are killed there, the next command
 * removes it. The command in whose foreground it ran may be the one that reclaims it, and then has it started.
 */
async function keepAndStart(engine: Engine, container: Container, how: StopOptions, listener: RunListener): Promise<void> {
  let lock: number | undefined;
  blockOn(stopping(engine, container, { ...how, restart: (taken) => (lock = taken) }));
  if (lock === undefined) blockOn(startByOthers(engine, container));
  else await restartContainer(engine, container.id, lock, listener);
}

/** Until it runs again. @throws TsrunError NOT_FOUND where it is gone */
function* startByOthers(engine: Engine, { id, name }: Container): Waiting<void> {
  const began = process.uptime();
  for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const container = readContainer(engine.database(), id);
    if (container !== undefined && isAlive(currentState(engine.paths, container))) return;
    if ((process.uptime() - began) * 1000 > START_WAIT_MS)
      throw new TsrunError('INTERNAL', `Cannot restart container ${name}: it was stopped, and is not started again yet`, { path: id });
    if (container === undefined) {
      // Another command may have removed it, or ended it, which removes it, too.
      throw new TsrunError('NOT_FOUND', `Cannot restart container ${name}: No such container: ${id}`, {
        path: id,
        hint: 'it could not be started again, or was ended meanwhile: with --rm it is removed then',
      });
    }
    yield { ms: wait };
  }
}
