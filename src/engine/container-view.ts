/**
 * A container's root as others look at it: its overlay without what is mounted in it, as detached mounts for a worker that sees
 * nothing else. Of a running container it is the very overlay that its programs have; of another one, a read-only overlay of
 * the same directories.
 */
import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openOverlay, wholeRoot, type ContainerOverlay } from '../filesystem/overlay.ts';
import { TreeReader } from '../image/layer/tree-reader.ts';
import type { ChangeRoots } from '../image/layer/changes.ts';
import { readImage } from '../image/store/images.ts';
import { ownScratch, type Scratch } from '../state/scratch.ts';
import { native } from '../kernel/native.ts';
import { closeMounts, type ViewMount } from '../kernel/view.ts';
import type { Container } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { Image } from '../model/image.ts';
import type { Engine } from './engine.ts';
import { openInit } from './stop.ts';

/** Where a view of changes has its trees. */
const CHANGE_TREES = { upper: '/upper', lower: '/lower', merged: '/merged' };

let views = 0;

/** @throws TsrunError NOT_FOUND when the image was removed by force */
export function imageOf(engine: Engine, container: Container): Image {
  const image = readImage({ paths: engine.paths, database: engine.database() }, container.imageId);
  if (image === undefined) {
    throw new TsrunError('NOT_FOUND', `the image of container ${container.name} is not here any more: ${container.imageId}`, {
      path: container.imageId,
      hint: 'pull or load it again',
    });
  }
  return image;
}

/** Use a reader of the container's root, as it is without mounts. */
export async function withRootReader<Result>(
  engine: Engine,
  container: Container,
  use: (reader: TreeReader) => Promise<Result>,
): Promise<Result> {
  const overlay = openOverlay(engine.paths, container.id, imageOf(engine, container));
  return withMounts(engine, (place, add) => add(place, () => openMerged(engine, container, overlay)), use);
}

/** Use a reader that has the container's upper directory, what is below it, and both together: `roots`. */
export async function withChangeReader<Result>(
  engine: Engine,
  container: Container,
  use: (reader: TreeReader, roots: ChangeRoots) => Promise<Result>,
): Promise<Result> {
  const overlay = openOverlay(engine.paths, container.id, imageOf(engine, container));
  return withMounts(
    engine,
    (place, add) => {
      for (const name of Object.keys(CHANGE_TREES)) mkdirSync(join(place, name));
      add(join(place, 'upper'), () => native().openTree(overlay.upper, false));
      add(join(place, 'lower'), () => native().overlayMount(overlay.directory, overlay.lower, undefined, undefined, ''));
      add(join(place, 'merged'), () => openMerged(engine, container, overlay));
    },
    (reader) => use(reader, CHANGE_TREES),
  );
}

/** What is opened is attached in the worker's own mount namespace only: nobody sees it in the place. */
async function withMounts<Result>(
  engine: Engine,
  open: (place: string, add: (path: string, mount: () => number) => void) => void,
  use: (reader: TreeReader) => Promise<Result>,
): Promise<Result> {
  const scratch = viewPlace(engine);
  const mounts: ViewMount[] = [];
  try {
    open(scratch.directory, (path, mount) => mounts.push({ path, mount: mount(), kind: 'directory' }));
    const reader = await TreeReader.open({ view: { mounts, root: scratch.directory, inside: [] } });
    try {
      return await use(reader);
    } finally {
      await reader.close();
    }
  } finally {
    closeMounts(mounts);
    scratch.release();
  }
}

/** An empty directory to mount in. */
export function viewPlace(engine: Engine): Scratch {
  const scratch = ownScratch(engine.paths, `view-${process.pid}-${++views}`);
  return scratch;
}

function openMerged(engine: Engine, container: Container, overlay: ContainerOverlay): number {
  const running = cloneRunningRoot(engine, container.id);
  if (running === undefined) return native().overlayMount(overlay.directory, wholeRoot(overlay).lower, undefined, undefined, '');
  native().mountReadOnly(running);
  return running;
}

/** Use a descriptor of the container's root, for reading files by openat2 (filesystem/read-root.ts). */
export async function withMergedRoot<Result>(
  engine: Engine,
  container: Container,
  use: (root: number) => Promise<Result>,
): Promise<Result> {
  const root = openMerged(engine, container, openOverlay(engine.paths, container.id, imageOf(engine, container)));
  try {
    return await use(root);
  } finally {
    closeSync(root);
  }
}

/** The root of a running container, detached and without what is mounted below it; undefined where it doesn't run. */
export function cloneRunningRoot(engine: Engine, id: string): number | undefined {
  const init = openInit(engine, id);
  if (init === undefined) return undefined;
  try {
    return native().cloneMount(init.pidfd, '/');
  } catch (error) {
    // It ended just now: a process that ends has no namespaces any more.
    if (hasErrno(error, 'ESRCH')) return undefined;
    throw error;
  } finally {
    closeSync(init.pidfd);
  }
}
