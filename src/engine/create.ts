/** Step 2: create a container from an image: an ID, a name, a record, and whoever makes it owns it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { recordContainerEvent } from '../container/events.ts';
import { checkContainerName, newContainerId, randomName } from '../container/names.ts';
import { insertContainer } from '../container/records.ts';
import type { Container } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { Image } from '../model/image.ts';
import { traceCall } from '../kernel/trace.ts';
import type { RunListener, RunRequest } from '../model/run-request.ts';
import { strerror } from '../process/strerror.ts';
import { transaction } from '../state/database.ts';
import { ownContainer } from '../state/ownership.ts';
import { containerDirectory } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { mergeRequest } from './merge-request.ts';
import { giveUp } from './reclaim.ts';
import { shortId } from '../model/short-id.ts';

/** A container and its lock. */
export interface OwnedContainer {
  container: Container;
  /** Held while the caller owns it. */
  lock: number;
}

/**
 * Create a container: its record and its directory, with the lock held. Nothing is left where it fails.
 * @param attached whether somebody attaches to it before it is started
 * @throws TsrunError CONFLICT when the name is in use; INVALID_ARGUMENT for what can't be, in Docker's words.
 */
export function createContainer(
  engine: Engine,
  image: Image,
  request: RunRequest,
  listener: RunListener,
  attached: boolean = !request.detach,
): OwnedContainer {
  const id = newContainerId();
  const config = mergeRequest(engine, { id, image, request }, listener);
  if (request.cidfile !== undefined) refuseExisting(request.cidfile);
  const lock = ownContainer(engine.paths, id);
  try {
    const container = record(engine, { id, name: request.name, imageId: image.id, config }, attached);
    const directory = containerDirectory(engine.paths, id);
    traceCall(
      'mkdir',
      () => directory,
      () => mkdirSync(directory, { recursive: true, mode: 0o710 }),
    );
    if (request.cidfile !== undefined) writeIdFile(request.cidfile, id);
    return { container, lock };
  } catch (error) {
    giveUp(engine, id, lock);
    throw error;
  }
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new TsrunError('CONFLICT', `container ID file found, make sure the other container isn't running or delete ${path}`, {
    step: 2,
    path,
  });
}

function writeIdFile(path: string, id: string): void {
  try {
    writeFileSync(path, id, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    if (hasErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
    const reason = `open ${path}: ${strerror((error as NodeJS.ErrnoException).code ?? '')}`;
    throw new TsrunError('INVALID_ARGUMENT', `failed to create the container ID file: ${reason}`, { step: 2, path, cause: error });
  }
}

/** The row comes before anything else of the container: what has no row is garbage. */
function record(
  engine: Engine,
  { id, name, imageId, config }: Pick<Container, 'id' | 'imageId' | 'config'> & { name: string | undefined },
  attached: boolean,
): Container {
  const database = engine.database();
  return transaction(database, () => {
    // Found a moment ago; an image that a container is made from is not removed.
    if (database.prepare('SELECT 1 FROM images WHERE id = ? AND hidden = 0').get(imageId) === undefined)
      throw new TsrunError('NOT_FOUND', `No such image: ${config.image}`, { step: 2, path: config.image, hint: 'it was removed just now' });
    const container: Container = {
      id,
      name:
        name === undefined
          ? randomName((each) => database.prepare('SELECT 1 FROM containers WHERE name = ?').get(each) !== undefined)
          : checkContainerName(name),
      imageId,
      createdAt: new Date().toISOString(),
      config,
      state: { status: 'creating' },
      restarts: { count: 0, delayMs: 0, stoppedBy: undefined },
      health: undefined,
    };
    traceCall(
      'INSERT',
      () => `container ${container.name} (${shortId(id)}) into the database`,
      () => insertContainer(database, container),
    );
    recordContainerEvent(database, container, 'create');
    if (attached) recordContainerEvent(database, container, 'attach');
    return container;
  });
}
