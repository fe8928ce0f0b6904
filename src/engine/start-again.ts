/** Start a container that was made before: steps 3 to 6 again, on the writable layer that it has. */
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { readImage } from '../image/store/images.ts';
import type { Container } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import type { RunListener, RunRequest, RunResult } from '../model/run-request.ts';
import { attachContainer } from './attach.ts';
import { connectNetwork } from './connect-network.ts';
import { currentContainer } from './current.ts';
import { beginStart } from './early-start.ts';
import type { Engine } from './engine.ts';
import { attachToProgram, handOver, leaveProgram, terminate } from './finish.ts';
import { tellLinked } from './links.ts';
import { writeNetworkFiles } from './network-files.ts';
import { ownStopped } from './own-stopped.ts';
import { reopenFilesystem } from './prepare-filesystem.ts';
import { recordFailedStart } from './reclaim.ts';
import { startProgram } from './start.ts';

/** How a client takes part; undefined: not at all. */
export type StartAttachment = Pick<RunRequest, 'detachKeys' | 'signalProxy'> & { streams: Container['config']['attach'] };

/**
 * Start a container. One that runs already, or is about to, is fine, as Docker's.
 * @returns its exit code when somebody attached, else 0.
 * @throws TsrunError as `startProgram`; NOT_FOUND where it or its image is gone; CONFLICT where it is paused.
 */
export async function startContainer(
  engine: Engine,
  container: Container,
  attachment: StartAttachment | undefined,
  listener: RunListener,
): Promise<RunResult> {
  const { status } = currentState(engine.paths, container);
  if (status === 'paused') throw new TsrunError('CONFLICT', 'cannot start a paused container, try unpause instead', { path: container.id });
  if (status === 'running' && attachment !== undefined) return joinRunning(engine, container, attachment, listener);
  if (status === 'running' || status === 'restarting') return { id: container.id, exitCode: 0 };
  const owned = ownStopped(engine, container);
  // Another command was quicker.
  if (owned === undefined) return startContainer(engine, currentContainer(engine, container.id), attachment, listener);
  return startOwned(engine, owned.container, { lock: owned.lock, attachment }, listener);
}

export interface OwnedStart {
  /** Held by the caller; it goes to the monitor, or is closed. */
  lock: number;
  attachment: StartAttachment | undefined;
  /** Who starts it: a user, where nothing is said. */
  by?: 'user' | 'policy';
}

/** Start a container whose lock the caller holds. Throws as `startContainer`. */
export async function startOwned(
  engine: Engine,
  container: Container,
  { lock, attachment, ...by }: OwnedStart,
  listener: RunListener,
): Promise<RunResult> {
  const attached = attachment !== undefined;
  try {
    const image = readImage({ paths: engine.paths, database: engine.database() }, container.imageId);
    if (image === undefined)
      throw new TsrunError('NOT_FOUND', `No such image: ${container.imageId}`, { step: 1, path: container.config.image });
    const filesystem = reopenFilesystem(engine, container, image);
    const network = connectNetwork(engine, container);
    using early = beginStart(container);
    const files = writeNetworkFiles(engine, container, network);
    const running = await startProgram(engine, container, { lock, filesystem, network, files, early, attached, ...by }, listener);
    tellLinked(engine, container, network.address);
    const end = attachment === undefined ? leaveProgram(running) : attachToProgram(attachment.streams, container, running, attachment);
    return end.type === 'detached' ? handOver(container, lock) : terminate(engine, container, lock, end, listener);
  } catch (error) {
    recordFailedStart(engine, readContainer(engine.database(), container.id) ?? container, lock, true, error, attached);
    throw error;
  }
}

/** It runs already: whoever wants to be attached joins it. To detach is no failure of a start, as Docker's. */
function joinRunning(engine: Engine, container: Container, attachment: StartAttachment, listener: RunListener): RunResult {
  const { id } = container;
  try {
    return { id, exitCode: attachContainer(engine, container, { ...attachment, stdin: attachment.streams.includes('stdin') }, listener) };
  } catch (error) {
    if (isTsrunError(error, 'DETACHED')) return { id, exitCode: 0 };
    throw error;
  }
}
