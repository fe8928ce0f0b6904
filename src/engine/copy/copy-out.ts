/** `cp CONTAINER:PATH …`: from a container to the host, or as a tar. Source of the rules: moby, daemon/archive.go; docker/cli, copy.go. */
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { recordContainerEvent } from '../../container/events.ts';
import type { PathStat } from '../../image/layer/tree-requests.ts';
import type { TreeReader } from '../../image/layer/tree-reader.ts';
import { printable, toBytes } from '../../kernel/byte-paths.ts';
import type { Container } from '../../model/container.ts';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import type { Engine } from '../engine.ts';
import { boundPaths, noSuchPath, withContainerRoot } from './container-root.ts';
import { cleanPath, placeCopy, splitEntry, wholePath, type CopySide } from './paths.ts';
import { archiveOf, extractInto } from './pump.ts';

export interface CopyOutRequest {
  /** In the container; from its root where it doesn't begin with a slash. */
  path: string;
  /** Copy what a link leads to. */
  followLink: boolean;
}

/** Write what is at a path of a container as a tar into a descriptor. @throws TsrunError NOT_FOUND in Docker's words */
export async function copyToArchive(engine: Engine, container: Container, request: CopyOutRequest, out: number): Promise<void> {
  await withContainerRoot(engine, container, boundPaths(engine, container), async (reader) => {
    const { path } = await findSource(reader, container, request);
    recordContainerEvent(engine.database(), container, 'archive-path');
    await reader.ask('archive', { path: toBytes(path), as: toBytes(splitEntry(path).name), out });
  });
}

/**
 * Copy to a path of the host. What is written belongs to whoever we are; the thread that writes is confined to its directory.
 * @param destination a whole path
 * @returns bytes copied, as a tar
 */
export async function copyToHost(engine: Engine, container: Container, request: CopyOutRequest, destination: string): Promise<number> {
  checkDestination(destination);
  return withContainerRoot(engine, container, boundPaths(engine, container), async (reader) => {
    const { path, name, found } = await findSource(reader, container, request);
    recordContainerEvent(engine.database(), container, 'archive-path');
    const to = placeCopy({ isDirectory: found.kind === 'directory', name }, followDestination(destination));
    const source = archiveOf(reader, toBytes(path), toBytes(to.name));
    const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    const directory = realpathSync(to.directory);
    return extractInto(source, directory, { view: undefined, into: '/', shown: directory, owner });
  });
}

/** What is to be copied, where it is, and its name. */
async function findSource(
  reader: TreeReader,
  container: Container,
  { path: asked, followLink }: CopyOutRequest,
): Promise<{ path: string; name: string; found: PathStat }> {
  if (asked === '') throw new TsrunError('INVALID_ARGUMENT', 'bad parameter: path cannot be empty');
  const path = wholePath('/', asked);
  const { name } = splitEntry(path);
  const found = await statSource(reader, container, path, asked);
  if (!followLink || found.kind !== 'symlink') return { path, name, found };
  const real = Buffer.from(found.real, 'latin1').toString('utf8');
  return { path: real, name, found: await statSource(reader, container, real, real) };
}

async function statSource(reader: TreeReader, container: Container, path: string, asked: string): Promise<PathStat> {
  const found = await reader.ask('stat', { path: toBytes(path) });
  if (found !== undefined) return found;
  const bare = path.replace(/\/\.?$/, '');
  if (bare !== path && bare !== '' && (await reader.ask('stat', { path: toBytes(bare) })) !== undefined)
    throw new TsrunError('INVALID_ARGUMENT', `lstat ${printable(toBytes(path)).slice(1, -1)}: not a directory`, { path });
  throw noSuchPath(container, asked);
}

function checkDestination(path: string): void {
  const { directory } = splitEntry(cleanPath(path));
  if (stat(directory) === undefined)
    throw new TsrunError('INVALID_ARGUMENT', `invalid output path: directory ${JSON.stringify(directory)} does not exist`, { path });
  const known = stat(path);
  if (known?.isCharacterDevice() === true || known?.isBlockDevice() === true) {
    throw new TsrunError(
      'INVALID_ARGUMENT',
      `invalid output path: ${JSON.stringify(path)} must be a directory or a regular file: got a device`,
      { path },
    );
  }
}

function stat(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    if (!hasErrno(error, 'ELOOP')) throw error;
    throw new TsrunError('INVALID_ARGUMENT', `stat ${path}: too many levels of symbolic links`, { path, cause: error });
  }
}

const MOST_LINKS = 10;

/** The destination behind links: a copy goes where a link leads. */
function followDestination(original: string): CopySide {
  let path = original;
  for (let links = 0; ; links++) {
    if (links > MOST_LINKS) throw new TsrunError('INVALID_ARGUMENT', `too many symlinks in ${original}`, { path: original });
    const known = lstat(path);
    if (known === undefined) break;
    if (!known.isSymbolicLink()) return { path, exists: true, isDirectory: known.isDirectory() };
    const target = readlinkSync(path);
    path = target.startsWith('/') ? target : cleanPath(`${splitEntry(path).directory}/${target}`);
  }
  const { directory } = splitEntry(path);
  const parent = statSync(directory, { throwIfNoEntry: false });
  if (parent === undefined) throw new TsrunError('INVALID_ARGUMENT', `stat ${directory}: no such file or directory`, { path: directory });
  if (!parent.isDirectory()) throw new TsrunError('INVALID_ARGUMENT', 'not a directory', { path: directory });
  return { path, exists: false, isDirectory: false };
}

function lstat(path: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, 'ENOTDIR')) throw new TsrunError('INVALID_ARGUMENT', `lstat ${path}: not a directory`, { path, cause: error });
    throw error;
  }
}
