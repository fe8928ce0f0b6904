/** A run in its seven steps. Each is a call here and a folder of its own; what one finds or makes, the next ones get. */
import { createContainer } from './engine/create.ts';
import { beginStart } from './engine/early-start.ts';
import { storeOf, type Engine } from './engine/engine.ts';
import { type Attend, attachToProgram, handOver, leaveProgram, terminate } from './engine/finish.ts';
import { writeNetworkFiles } from './engine/network-files.ts';
import { allocateFilesystem } from './engine/prepare-filesystem.ts';
import { connectNetwork } from './engine/connect-network.ts';
import { recordFailedStart } from './engine/reclaim.ts';
import { startProgram } from './engine/start.ts';
import { resolveImage } from './image/pull/resolve.ts';
import { beginStep } from './kernel/steps.ts';
import type { Image } from './model/image.ts';
import type { RunListener, RunRequest, RunResult } from './model/run-request.ts';

export { planRun } from './engine/plan-run.ts';

/**
 * Run a program in a new container.
 * @param attend how to take part in it while it runs: with this process's own stdin, stdout and stderr, where nothing is said
 * @returns when the program has ended and everything is given back; or, detached, when it runs.
 * @throws TsrunError with the step that failed; then nothing is left but, without --rm, the container's record.
 */
export async function runContainer(
  engine: Engine,
  request: RunRequest,
  listener: RunListener,
  attend: Attend = attachToProgram,
): Promise<RunResult> {
  beginStep(1, `find the image ${request.image}, or pull it`);
  const image = await findOrPull(engine, request, listener);

  beginStep(2, 'create a container from it');
  const { container, lock } = createContainer(engine, image, request, listener);
  listener.created?.(container.id);

  let isWhole = false;
  try {
    beginStep(3, 'allocate a filesystem: a writable layer over the read-only ones');
    const filesystem = allocateFilesystem(engine, container, image);
    isWhole = true;

    beginStep(4, "bridge a virtual interface from the host's bridge into it");
    // 5, an address from the pool, begins in there, as soon as there is an interface that can have one.
    const network = connectNetwork(engine, container);
    using early = beginStart(container);
    const files = writeNetworkFiles(engine, container, network);

    beginStep(6, "execute the user's program");
    const { endsWithCaller = false } = request;
    const running = await startProgram(engine, container, { lock, filesystem, network, files, early, endsWithCaller }, listener);
    const end = request.detach ? leaveProgram(running) : await attend(container.config.attach, container, running, request);
    if (end.type === 'detached') return handOver(container, lock);

    beginStep(7, 'terminate it, and clean up');
    return terminate(engine, container, lock, end, listener);
  } catch (error) {
    recordFailedStart(engine, container, lock, isWhole, error);
    throw error;
  }
}

/** Step 1. */
async function findOrPull(engine: Engine, request: RunRequest, listener: RunListener): Promise<Image> {
  const { insecureRegistries, registryMirrors } = engine.options;
  const options = { platform: request.platform, insecureRegistries, registryMirrors, signal: request.abort };
  const store = storeOf(engine);
  const { image } = await resolveImage(store, request.image, request.pull, options, (event) => listener.pull?.(event));
  return image;
}
