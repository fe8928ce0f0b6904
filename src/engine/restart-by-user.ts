/** Stop a container and start it. */
import { recordContainerEvent } from '../container/events.ts';
import { readContainer } from '../container/records.ts';
import { blockOn } from '../kernel/waiting.ts';
import type { Container } from '../model/container.ts';
import type { RunListener } from '../model/run-request.ts';
import type { Engine } from './engine.ts';
import { startContainer } from './start-again.ts';
import { stopping, type StopOptions } from './stop.ts';

/** One that doesn't run is only started, as Docker's. Throws as `stopping` and `startContainer`. */
export async function restartByUser(engine: Engine, container: Container, how: StopOptions, listener: RunListener): Promise<void> {
  blockOn(stopping(engine, container, how));
  // With --rm it went when it ended.
  const stopped = readContainer(engine.database(), container.id);
  if (stopped === undefined) return;
  await startContainer(engine, stopped, undefined, listener);
  recordContainerEvent(engine.database(), container, 'restart');
}
