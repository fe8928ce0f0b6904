/**
 * The worker that reads a container's tree: it sees nothing else (kernel/view.ts), so that no link of a hostile container
 * leads it out, whatever is swapped while it looks. The bundle of this file is dist/tree-worker.cjs.
 */
import { createHash } from 'node:crypto';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { enterView } from '../../kernel/view.ts';
import type { Digest } from '../../model/image.ts';
import { archiveChanges } from './change-archive.ts';
import { walkChanges, type ChangeRoots } from './changes.ts';
import { refuseTooLong } from './layer-paths.ts';
import { toPlain } from './plain-error.ts';
import { resolveLinks } from './resolve-links.ts';
import type { ByteString } from './tar-format.ts';
import { TarWriter, writeTo } from './tar-writer.ts';
import { TreeArchive } from './tree-archive.ts';
import { statEntry } from './tree-entry.ts';
import type { FromTreeWorker, ListedChange, PathStat, ToTreeWorker, TreeJob } from './tree-requests.ts';

/** Changes that are told at a time. */
const BATCH = 1000;

function serve(port: MessagePort, { view }: TreeJob): void {
  const tell = (message: FromTreeWorker): void => port.postMessage(message);
  try {
    if (view !== undefined) enterView(view);
    tell({ type: 'ready' });
  } catch (error) {
    tell({ type: 'failed', error: toPlain(error, "the container's file system can't be read") });
    port.close();
    return;
  }
  port.on('message', (request: ToTreeWorker) => {
    try {
      tell({ type: 'done', answer: answer(request, tell) });
    } catch (error) {
      tell({ type: 'failed', error: toPlain(error, "the container's file system can't be read") });
    }
  });
}

function answer(request: ToTreeWorker, tell: (message: FromTreeWorker) => void): unknown {
  switch (request.name) {
    case 'changes':
      return listChanges(request.roots, tell);
    case 'archiveChanges':
      return digestOfChanges(request.roots, request.out);
    case 'stat':
      return statPath(request.path);
    case 'archive':
      return archivePath(request.path, request.as, request.out);
  }
}

function listChanges(roots: ChangeRoots, tell: (message: FromTreeWorker) => void): undefined {
  let list: ListedChange[] = [];
  walkChanges(roots, ({ kind, path }) => {
    if (kind === 'untouched') return;
    list.push({ letter: kind === 'added' ? 'A' : kind === 'changed' ? 'C' : 'D', path: `/${path}` });
    if (list.length < BATCH) return;
    tell({ type: 'changes', list });
    list = [];
  });
  tell({ type: 'changes', list });
}

function digestOfChanges(roots: ChangeRoots, out: number): { digest: Digest; size: number } {
  const hash = createHash('sha256');
  const write = writeTo(out);
  let size = 0;
  archiveChanges(
    roots,
    new TarWriter((bytes) => {
      hash.update(bytes);
      write(bytes);
      size += bytes.length;
    }),
  );
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

function statPath(path: ByteString): PathStat | undefined {
  refuseTooLong('', path);
  const known = statEntry(path);
  if (known === undefined) return undefined;
  const isDevice = known.isCharacterDevice() || known.isBlockDevice();
  const other = isDevice ? 'device' : known.isSymbolicLink() ? 'symlink' : 'other';
  return { kind: known.isDirectory() ? 'directory' : known.isFile() ? 'file' : other, real: resolveLinks(path) };
}

function archivePath(path: ByteString, name: ByteString, out: number): undefined {
  const writer = new TarWriter(writeTo(out));
  new TreeArchive(writer).addTree(path, name);
  writer.finish();
}

if (parentPort !== null) serve(parentPort, workerData as TreeJob);
