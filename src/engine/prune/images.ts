/** `image prune`: images that have no tag, or, with `all`, that no container was made from. The rules are Docker's (moby, image_prune.go). */
import { removeFromStore } from '../../image/store/collect.ts';
import { forgetUnneeded } from '../../image/store/forget.ts';
import { listImages } from '../../image/store/images.ts';
import { isTsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { storeOf, type Engine } from '../engine.ts';
import { isTag } from '../images/names.ts';
import { removeImageRows, type RemovalRecord } from '../images/remove.ts';
import { isMeant, recordPrune, type PruneFilter } from './prune.ts';

export interface PrunedImages {
  records: RemovalRecord[];
  /** Of layers that went: also of those that a pull that failed had left. */
  bytes: number;
}

export interface ImagePruneOptions {
  filter: PruneFilter;
  /** Also images with a tag. */
  all: boolean;
}

/** Remove them, and whatever else nothing needs. */
export function pruneImages(engine: Engine, options: ImagePruneOptions): PrunedImages {
  return removeFromStore(storeOf(engine), (held) => {
    const pruned = pruneImageRows(engine, options, held);
    recordPrune(engine.database(), 'image', pruned.bytes);
    return pruned;
  });
}

/** As `pruneImages`, inside a writing transaction. */
export function pruneImageRows(engine: Engine, options: ImagePruneOptions, held: ReadonlySet<Digest>): PrunedImages {
  const store = storeOf(engine);
  const records: RemovalRecord[] = [];
  for (const { image, names } of listImages(store)) {
    if (!isMeant(options.filter, image.config.created, image.config.config?.Labels)) continue;
    const words = options.all || !names.some(isTag) ? names : undefined;
    if (words === undefined) continue;
    for (const word of words.length === 0 ? [image.id] : words) records.push(...removeIfUnused(engine, word, held));
  }
  const strays = forgetUnneeded(store, held);
  const bytes = [...records.map((record) => (record.type === 'deleted' ? record.bytes : 0)), ...strays.map(({ size }) => size)];
  return { records, bytes: bytes.reduce((sum, size) => sum + size, 0) };
}

/** What is used, or went with another image, is passed over. */
function removeIfUnused(engine: Engine, word: string, held: ReadonlySet<Digest>): RemovalRecord[] {
  try {
    return removeImageRows(engine, word, { force: false, pruneParents: true }, held);
  } catch (error) {
    if (isTsrunError(error, 'CONFLICT') || isTsrunError(error, 'NOT_FOUND')) return [];
    throw error;
  }
}
