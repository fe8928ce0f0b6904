/** `cp … CONTAINER:PATH`: from the host, or from a tar, into a container. Source of the rules: docker/cli, copy.go; moby, daemon/archive.go. */
import { lstatSync, realpathSync } from 'node:fs';
import { recordContainerEvent } from '../../container/events.ts';
import { readUserFilesIn } from '../../filesystem/user-files.ts';
import { inflated } from '../../image/layer/inflated.ts';
import type { PathStat } from '../../image/layer/tree-requests.ts';
import { TreeReader } from '../../image/layer/tree-reader.ts';
import type { CopyTarget } from '../../image/layer/worker-protocol.ts';
import { toBytes, type ByteString } from '../../kernel/byte-paths.ts';
import type { Container } from '../../model/container.ts';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import { resolveUser } from '../../process/user.ts';
import { disownContainer } from '../../state/ownership.ts';
import { withMergedRoot } from '../container-view.ts';
import type { Engine } from '../engine.ts';
import { ownStopped } from '../own-stopped.ts';
import { boundPaths, noSuchPath, openContainerRoot, withContainerRoot, type BoundPath, type OpenView } from './container-root.ts';
import { cleanPath, meansDirectory, placeCopy, splitEntry, wholePath, type CopySide } from './paths.ts';
import { archiveOf, extractInto } from './pump.ts';

export interface CopyInRequest {
  /** In the container; from its root where it doesn't begin with a slash. */
  path: string;
  /** `-a`: what is copied becomes the container's user's. */
  archive: boolean;
}

/**
 * Extract a tar, compressed or not, into a directory of a container.
 * @throws TsrunError INVALID_ARGUMENT where it is none, CONFLICT for a read-only root or volume, in Docker's words
 */
export async function copyFromArchive(
  engine: Engine,
  container: Container,
  request: CopyInRequest,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  const copy = await planCopy(engine, container, request, (to) => {
    if (to.isDirectory) return { directory: to.path, name: '' };
    throw new TsrunError('INVALID_ARGUMENT', `destination "${container.name}:${request.path}" must be a directory`, { path: request.path });
  });
  return extract(engine, container, copy, inflated(source));
}

/**
 * Copy a file or directory of the host.
 * @param source a whole path, with what its end says (`wholePath`)
 * @returns bytes copied, as a tar
 */
export async function copyFromHost(
  engine: Engine,
  container: Container,
  request: CopyInRequest,
  source: string,
  followLink: boolean,
): Promise<number> {
  let from: ReturnType<typeof findSource> | undefined;
  const copy = await planCopy(engine, container, request, (to) => placeCopy((from = findSource(source, followLink)), to));
  const reader = await TreeReader.open({ view: undefined });
  try {
    return await extract(engine, container, copy, archiveOf(reader, toBytes(from?.path ?? source), toBytes(copy.name)));
  } finally {
    await reader.close();
  }
}

/** What a copy needs to know of the container. */
interface CopyPlan {
  bound: readonly BoundPath[];
  /** The real directory it goes into, and the name as it was given. */
  into: ByteString;
  shown: string;
  owner: CopyTarget['owner'];
  /** What the copy is called there. */
  name: string;
}

/** Look at the destination. `place` says where a copy goes, for what is there. */
async function planCopy(
  engine: Engine,
  container: Container,
  request: CopyInRequest,
  place: (to: CopySide) => { directory: string; name: string },
): Promise<CopyPlan> {
  const bound = boundPaths(engine, container);
  const owner = await ownerOf(engine, container, request);
  return withContainerRoot(engine, container, bound, async (reader) => {
    const { directory, name } = place(await findDestination(reader, container, request.path));
    const into = await findExtractPoint(reader, container, directory);
    refuseReadOnly(container, bound, into);
    return { bound, into, shown: directory, owner, name };
  });
}

/** What is copied, and its name. A link's directory part is always followed, the link itself only where that is asked for. */
function findSource(source: string, followLink: boolean): { path: string; name: string; isDirectory: boolean } {
  const known = lstat(source);
  if (meansDirectory(source) && !known.isDirectory()) throw new TsrunError('INVALID_ARGUMENT', 'not a directory', { path: source });
  const path = followLink ? realpathSync(source) : source;
  return { path, name: splitEntry(source).name, isDirectory: lstat(path).isDirectory() };
}

function lstat(path: string): NonNullable<ReturnType<typeof lstatSync>> {
  try {
    return lstatSync(path);
  } catch (error) {
    if (hasErrno(error, 'ENOTDIR')) throw new TsrunError('INVALID_ARGUMENT', 'not a directory', { path, cause: error });
    const words = hasErrno(error, 'ENOENT') ? 'no such file or directory' : (error as Error).message;
    throw new TsrunError('NOT_FOUND', `lstat ${path.replace(/\/\.?$/, '')}: ${words}`, { path, cause: error });
  }
}

/** What is at the destination. A link there leads on, once. */
async function findDestination(reader: TreeReader, container: Container, asked: string): Promise<CopySide> {
  if (asked === '') throw new TsrunError('INVALID_ARGUMENT', 'bad parameter: path cannot be empty');
  const path = wholePath('/', asked);
  const found = await reader.ask('stat', { path: toBytes(path) });
  if (found?.kind !== 'symlink') return sideOf(container, path, found);
  const target = Buffer.from(found.real, 'latin1').toString('utf8');
  return sideOf(container, target, await reader.ask('stat', { path: found.real }));
}

function sideOf(container: Container, path: string, found: PathStat | undefined): CopySide {
  if (found?.kind === 'device')
    throw new TsrunError(
      'INVALID_ARGUMENT',
      `destination "${container.name}:${path}" must be a directory or a regular file: got a device`,
      { path },
    );
  return { path, exists: found !== undefined, isDirectory: found?.kind === 'directory' };
}

/** Extract into one that runs, or into one that is kept from starting meanwhile. */
async function extract(engine: Engine, container: Container, copy: CopyPlan, source: AsyncIterable<Uint8Array>): Promise<number> {
  const { bound, into, shown, owner } = copy;
  const { open, lock } = openForWriting(engine, container, bound);
  try {
    const bytes = await extractInto(source, '/', { view: open.view, into, shown, owner });
    recordContainerEvent(engine.database(), container, 'extract-to-dir');
    return bytes;
  } finally {
    open.close();
    if (lock !== undefined) disownContainer(engine.paths, container.id, lock);
  }
}

/** How long one that waits to be started again is waited for. */
const RESTART_MS = 60_000;

/** Whether it runs is seen when its root is opened: it may end, and start, at any time before. */
function openForWriting(engine: Engine, container: Container, bound: readonly BoundPath[]): { open: OpenView; lock: number | undefined } {
  const deadline = process.hrtime.bigint() + BigInt(RESTART_MS) * 1_000_000n;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (process.hrtime.bigint() < deadline) {
    const running = openContainerRoot(engine, container, bound, 'write running');
    if (running !== undefined) return { open: running, lock: undefined };
    const lock = ownStopped(engine, container)?.lock;
    if (lock === undefined) {
      Atomics.wait(pause, 0, 0, 10);
      continue;
    }
    try {
      return { open: openContainerRoot(engine, container, bound, 'write stopped'), lock };
    } catch (error) {
      disownContainer(engine.paths, container.id, lock);
      throw error;
    }
  }
  throw new TsrunError('CONFLICT', `Container ${container.id} is restarting, wait until the container is running`, { path: container.id });
}

/** The real directory. */
async function findExtractPoint(reader: TreeReader, container: Container, directory: string): Promise<ByteString> {
  const found = await reader.ask('stat', { path: toBytes(directory) });
  const end = found?.kind === 'symlink' ? await reader.ask('stat', { path: found.real }) : found;
  if (end === undefined) throw noSuchPath(container, directory);
  if (end.kind !== 'directory') throw new TsrunError('INVALID_ARGUMENT', 'extraction point is not a directory', { path: directory });
  return end.real;
}

function refuseReadOnly(container: Container, bound: readonly BoundPath[], into: ByteString): void {
  const mount = bound.findLast(({ target }) => into === toBytes(target) || into.startsWith(`${toBytes(cleanPath(target))}/`));
  if (mount?.readOnly === true) throw new TsrunError('CONFLICT', 'mounted volume is marked read-only', { path: mount.target });
  if (mount === undefined && container.config.readOnlyRoot)
    throw new TsrunError('CONFLICT', 'container rootfs is marked read-only', { path: '/' });
}

async function ownerOf(engine: Engine, container: Container, { archive }: CopyInRequest): Promise<CopyTarget['owner']> {
  if (!archive || container.config.user === '') return 'archive';
  const user = await withMergedRoot(engine, container, (root) =>
    Promise.resolve(resolveUser(container.config.user, [], readUserFilesIn(root))),
  );
  return { uid: user.uid, gid: user.gid };
}
