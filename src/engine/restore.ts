/** Starts that no user asks for: the end of a restart's wait, and what a boot ended. */
import { listContainers, readContainer } from '../container/records.ts';
import { isRestored } from '../container/restart-policy.ts';
import { withCurrentStates } from '../container/states.ts';
import type { RunListener } from '../model/run-request.ts';
import type { Engine } from './engine.ts';
import { giveUp } from './reclaim.ts';
import { forgetWaiter } from './restart.ts';
import { startContainer, startOwned } from './start-again.ts';

/**
 * Start a container whose wait is over. One that was stopped meanwhile, or is gone, is given up.
 * @param lock its lock, which the caller inherited
 * @throws TsrunError as `startContainer`: then it stays down, as Docker's.
 */
export async function restartContainer(engine: Engine, id: string, lock: number, listener: RunListener): Promise<void> {
  const container = readContainer(engine.database(), id);
  const stoppedBy = container?.restarts.stoppedBy;
  if (container === undefined || stoppedBy === 'user' || stoppedBy === 'engine') return giveUp(engine, id, lock);
  await startOwned(engine, container, { lock, attachment: undefined, by: 'policy' }, listener);
  forgetWaiter(engine.paths, id);
}

/**
 * Start what its restart policy says, after a boot.
 * @returns the names of what was started; failures are told one by one, and the others started.
 */
export async function restoreContainers(
  engine: Engine,
  listener: RunListener,
  onFailure: (name: string, error: unknown) => void,
): Promise<string[]> {
  const started: string[] = [];
  // The oldest first: others may need it.
  for (const container of withCurrentStates(engine.paths, listContainers(engine.database())).toReversed()) {
    if (!isRestored(container)) continue;
    try {
      await startContainer(engine, container, undefined, listener);
      started.push(container.name);
    } catch (error) {
      onFailure(container.name, error);
    }
  }
  return started;
}
