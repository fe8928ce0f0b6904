/**
 * Anonymous volumes go with their container: their rows in the transaction that removes the container's, their directories
 * after it. Killed in between, the next command does the rest.
 */
import { join } from 'node:path';
import { native } from '../kernel/native.ts';
import { volumesDirectory } from '../state/paths.ts';
import { tryScratch, type Scratch } from '../state/scratch.ts';
import { readVolume } from './volume-records.ts';
import type { VolumeContext } from './volumes.ts';

const PREFIX = 'forget-volume-';

/**
 * Do what removes rows of volumes, then remove the directories of those whose rows went.
 * @param names what may go
 */
export function removingVolumes<Result>(context: VolumeContext, names: readonly string[], removeRows: () => Result): Result {
  const places: Scratch[] = [];
  try {
    for (const name of names) {
      // Where another command has the place, it removes the directory.
      const place = tryScratch(context.paths, PREFIX + name);
      if (place !== undefined) places.push(place);
    }
    const result = removeRows();
    for (const name of names) removeIfForgotten(context, name);
    return result;
  } finally {
    for (const place of places) place.release();
  }
}

/** What a killed removal left, by the name of its place in scratch; other places are fine. */
export function finishVolumeRemoval(context: () => VolumeContext, place: string): void {
  const name = /^forget-volume-(?<name>[0-9a-f]{64})$/.exec(place)?.groups?.['name'];
  if (name !== undefined) removeIfForgotten(context(), name);
}

function removeIfForgotten({ database, paths }: VolumeContext, name: string): void {
  if (readVolume(database, name) !== undefined) return;
  native().removeTree(join(volumesDirectory(paths), name));
}
