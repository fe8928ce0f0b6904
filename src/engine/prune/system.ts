/** `system prune`: containers, then volumes (where asked), then images: what one no longer needs, the next may lose. */
import { heldDigests } from '../../image/store/holds.ts';
import { storeOf, type Engine } from '../engine.ts';
import { prunableVolumes, pruneVolumes } from '../volumes.ts';
import { pruneContainerRows, pruneContainers } from './containers.ts';
import { pruneImageRows, pruneImages, type PrunedImages } from './images.ts';
import { rolledBack, type Pruned, type PruneFilter } from './prune.ts';

export interface SystemPruneOptions {
  filter: PruneFilter;
  /** Also images with a tag. */
  all: boolean;
  volumes: boolean;
  /** Remove nothing. */
  dryRun: boolean;
}

export interface PrunedSystem {
  containers: Pruned;
  volumes: Pruned;
  images: PrunedImages;
}

const NOTHING: Pruned = { names: [], bytes: 0 };

/** Prune all, or say what would go. */
export function pruneSystem(engine: Engine, { filter, all, volumes, dryRun }: SystemPruneOptions): PrunedSystem {
  const images = { filter, all };
  if (dryRun) {
    return rolledBack(engine.database(), () => ({
      containers: pruneContainerRows(engine, filter),
      volumes: volumes ? prunableVolumes(engine, filter) : NOTHING,
      images: pruneImageRows(engine, images, heldDigests(storeOf(engine))),
    }));
  }
  return {
    containers: pruneContainers(engine, filter),
    volumes: volumes ? pruneVolumes(engine, filter) : NOTHING,
    images: pruneImages(engine, images),
  };
}
