/** A run's first three steps: a container that is made and not started. `engine/start-again.ts` takes it from there. */
import { changeState } from './container/change-state.ts';
import { createContainer } from './engine/create.ts';
import { storeOf, type Engine } from './engine/engine.ts';
import { allocateFilesystem } from './engine/prepare-filesystem.ts';
import { recordFailedStart } from './engine/reclaim.ts';
import { resolveImage } from './image/pull/resolve.ts';
import type { RunListener, RunRequest } from './model/run-request.ts';
import { disownContainer } from './state/ownership.ts';

/**
 * Make a container.
 * @returns its ID
 * @throws TsrunError as `runContainer`; then nothing is left.
 */
export async function createOnly(engine: Engine, request: RunRequest, listener: RunListener): Promise<string> {
  const { insecureRegistries, registryMirrors } = engine.options;
  const store = storeOf(engine);
  const options = { platform: request.platform, insecureRegistries, registryMirrors };
  const { image } = await resolveImage(store, request.image, request.pull, options, (event) => listener.pull?.(event));
  const { container, lock } = createContainer(engine, image, request, listener, false);
  try {
    allocateFilesystem(engine, container, image);
    changeState(engine.database(), container.id, { type: 'made' });
  } catch (error) {
    recordFailedStart(engine, container, lock, false, error);
    throw error;
  }
  // Nothing of it is alive: without its live directory no command takes it for one that died.
  disownContainer(engine.paths, container.id, lock);
  return container.id;
}
