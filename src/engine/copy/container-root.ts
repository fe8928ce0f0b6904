/**
 * A container's root as `cp` sees it: its overlay, and in it the volumes, binds and files of the engine that the container has
 * there; no /proc, no /sys, no /dev, no tmpfs. The kernel resolves every path inside, whatever a hostile container swaps.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openOverlay, wholeRoot } from '../../filesystem/overlay.ts';
import { prepareMounts } from '../../filesystem/volumes.ts';
import { TreeReader } from '../../image/layer/tree-reader.ts';
import type { Scratch } from '../../state/scratch.ts';
import { native } from '../../kernel/native.ts';
import { closeMounts, type View, type ViewMount } from '../../kernel/view.ts';
import type { Container } from '../../model/container.ts';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import type { OciConfig } from '../../oci-spec/runtime.ts';
import { containerDirectory } from '../../state/paths.ts';
import { cloneRunningRoot, imageOf, viewPlace } from '../container-view.ts';
import type { Engine } from '../engine.ts';
import { boundSource } from '../network-file-paths.ts';

/** A mount of the container that is in the view. */
export interface BoundPath {
  target: string;
  source: string;
  readOnly: boolean;
}

/** A view that is open: close it when its worker has begun. */
export interface OpenView {
  view: View;
  close(): void;
}

/** What a container has mounted from the host, outer mounts first. Volumes of one that never ran are made, as its start would. */
export function boundPaths(engine: Engine, container: Container): BoundPath[] {
  const path = join(containerDirectory(engine.paths, container.id), 'config.json');
  const found = existsSync(path) ? mountsOfConfig(engine, path) : mountsToBe(engine, container);
  return found.toSorted((left, right) => left.target.split('/').length - right.target.split('/').length);
}

function mountsOfConfig({ paths }: Engine, path: string): BoundPath[] {
  const { mounts = [] } = JSON.parse(readFileSync(path, 'utf8')) as OciConfig;
  return mounts.flatMap(({ type, destination, source, options = [] }) => {
    if (type !== 'bind' || source === undefined || /^\/(?:dev|proc|sys)(?:\/|$)/.test(destination)) return [];
    return [{ target: destination, source: boundSource(paths, source), readOnly: options.includes('ro') || options.includes('rro') }];
  });
}

function mountsToBe(engine: Engine, container: Container): BoundPath[] {
  const context = { database: engine.database(), paths: engine.paths };
  const root = wholeRoot(openOverlay(engine.paths, container.id, imageOf(engine, container)));
  return prepareMounts(context, container, root).flatMap((mount) =>
    mount.type === 'bind' ? [{ target: mount.target, source: mount.source, readOnly: mount.readOnly }] : [],
  );
}

/** What a view is for: to read; to write into one that runs, or into one whose lock the caller holds: an overlay has one writer. */
export type ViewUse = 'read' | 'write running' | 'write stopped';

/**
 * Open the view.
 * @returns undefined where it is to be written while it runs, and doesn't run
 * @throws TsrunError NOT_FOUND without its image
 */
export function openContainerRoot(
  engine: Engine,
  container: Container,
  bound: readonly BoundPath[],
  use: 'write running',
): OpenView | undefined;
export function openContainerRoot(
  engine: Engine,
  container: Container,
  bound: readonly BoundPath[],
  use: 'read' | 'write stopped',
): OpenView;
export function openContainerRoot(engine: Engine, container: Container, bound: readonly BoundPath[], use: ViewUse): OpenView | undefined {
  const place: Scratch = viewPlace(engine);
  const mounts: ViewMount[] = [];
  const inside: ViewMount[] = [];
  const close = (): void => {
    closeMounts([...mounts, ...inside]);
    place.release();
  };
  try {
    const root = join(place.directory, 'root');
    mkdirSync(root);
    const mount = openRoot(engine, container, place.directory, use);
    if (mount === undefined) {
      close();
      return undefined;
    }
    mounts.push({ mount, path: root, kind: 'directory' });
    for (const each of bound) {
      const opened = openBound(each);
      if (opened !== undefined) inside.push(opened);
    }
    return { view: { mounts, root, inside }, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openRoot(engine: Engine, container: Container, place: string, use: ViewUse): number | undefined {
  const running = use === 'write stopped' ? undefined : cloneRunningRoot(engine, container.id);
  if (running !== undefined && use === 'read') native().mountReadOnly(running);
  if (running !== undefined || use === 'write running') return running;
  const { directory, lower, upper, work } = openOverlay(engine.paths, container.id, imageOf(engine, container));
  if (use === 'write stopped') return native().overlayMount(directory, lower, upper, work, 'index=off');
  // Mount points that a container which never ran hasn't yet are made in a layer that is thrown away: its end waits for no disk.
  const [thrownUpper, thrownWork] = [join(place, 'upper'), join(place, 'work')];
  for (const path of [thrownUpper, thrownWork]) mkdirSync(path);
  return native().overlayMount(directory, [upper, ...lower], thrownUpper, thrownWork, 'volatile');
}

/** Undefined: its source is gone. */
function openBound({ source, target, readOnly }: BoundPath): ViewMount | undefined {
  try {
    const kind = statSync(source).isDirectory() ? 'directory' : 'file';
    const mount = native().openTree(source, true);
    if (readOnly) native().mountReadOnly(mount);
    return { mount, path: target, kind };
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Use a reader of a container's root. */
export async function withContainerRoot<Result>(
  engine: Engine,
  container: Container,
  bound: readonly BoundPath[],
  use: (reader: TreeReader) => Promise<Result>,
): Promise<Result> {
  const open = openContainerRoot(engine, container, bound, 'read');
  try {
    const reader = await TreeReader.open({ view: open.view });
    try {
      return await use(reader);
    } finally {
      await reader.close();
    }
  } finally {
    open.close();
  }
}

/** In Docker's words. */
export function noSuchPath(container: Container, path: string): TsrunError {
  return new TsrunError('NOT_FOUND', `Could not find the file ${path} in container ${container.name}`, { path });
}
