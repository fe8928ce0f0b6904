/** How much of the disk a container holds. */
import { join } from 'node:path';
import { treeSize } from '../filesystem/tree-size.ts';
import type { Container } from '../model/container.ts';
import { logSize } from '../process/log-files.ts';
import { containerDirectory } from '../state/paths.ts';
import type { Engine } from './engine.ts';

/** Bytes of its writable layer alone, and together with its image; an image that is gone counts as nothing. */
export function containerSizes(engine: Engine, { id, imageId }: Pick<Container, 'id' | 'imageId'>): { own: number; whole: number } {
  const own = writableSize(engine, id);
  const row = engine.database().prepare('SELECT size FROM images WHERE id = ?').get(imageId);
  return { own, whole: own + Number(row?.['size'] ?? 0) };
}

/** Bytes that are free when it is removed: those that it wrote, and its log, which may well be the larger part. */
export function removableSize(engine: Engine, container: Pick<Container, 'id' | 'config'>): number {
  return writableSize(engine, container.id) + logSize(engine.paths, container);
}

/** Bytes of its writable layer. */
export function writableSize(engine: Engine, id: string): number {
  return treeSize(join(containerDirectory(engine.paths, id), 'upper'));
}
