/** What `volume` commands do. Source of the rules: moby, volume/service. */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeVolumeDirectory } from '../filesystem/fill-volume.ts';
import { treeSize } from '../filesystem/tree-size.ts';
import {
  deleteVolume,
  insertVolume,
  listVolumes,
  readVolume,
  usedVolumes,
  volumeUsers,
  type Volume,
} from '../filesystem/volume-records.ts';
import { volumeData } from '../filesystem/volumes.ts';
import { withReserve } from '../state/reserve.ts';
import { ownScratch } from '../state/scratch.ts';
import { TsrunError } from '../model/errors.ts';
import { matchesPattern, parseFilters } from '../model/filters.ts';
import { commitDurably } from '../state/database.ts';
import { recordEvent } from '../state/events.ts';
import { volumesDirectory } from '../state/paths.ts';
import { checkVolumeName } from '../container/mount-requests.ts';
import type { Engine } from './engine.ts';
import { isMeant, recordPrune, type Pruned, type PruneFilter } from './prune/prune.ts';

const LIST_FILTERS = ['dangling', 'driver', 'label', 'name'];

/**
 * Make a volume. One of that name that is there already is fine, and stays as it is.
 * @param name '' is a random one
 * @returns its name
 * @throws TsrunError INVALID_ARGUMENT for a name that can't be one
 */
export function createVolume(engine: Engine, name: string, labels: Record<string, string>): string {
  if (name !== '') checkVolumeName(name);
  const volume: Volume = {
    name: name === '' ? randomBytes(32).toString('hex') : name,
    createdAt: new Date().toISOString(),
    anonymous: false,
    labels,
  };
  const database = engine.database();
  commitDurably(database, () => {
    if (insertVolume(database, volume)) tell(engine, 'create', volume.name, { driver: 'local' });
  });
  makeVolumeDirectory(volumeData(engine.paths, volume.name));
  return volume.name;
}

/** The volume of this name. @throws TsrunError NOT_FOUND `No such volume: x` */
export function volumeOf(engine: Engine, name: string): Volume {
  const volume = readVolume(engine.database(), name);
  if (volume === undefined) throw new TsrunError('NOT_FOUND', `No such volume: ${name}`, { path: name });
  return volume;
}

/**
 * Volumes, by name.
 * @param texts filters as typed, `NAME=VALUE`
 * @throws TsrunError INVALID_ARGUMENT for a filter that there isn't
 */
export function queryVolumes(engine: Engine, texts: readonly string[]): Volume[] {
  const filters = parseFilters(texts, LIST_FILTERS);
  const dangling = filters.boolean('dangling', { true: true, false: false, 1: true, 0: false });
  const used = usedVolumes(engine.database());
  return listVolumes(engine.database()).filter(
    ({ name, labels }) =>
      (dangling === undefined || dangling !== used.has(name)) &&
      filters.some('name', (pattern) => matchesPattern(pattern, name)) &&
      filters.some('driver', (driver) => driver === 'local') &&
      filters.matchLabels(labels ?? {}),
  );
}

/**
 * Remove a volume and what is in it.
 * @throws TsrunError NOT_FOUND; CONFLICT while a container has it, whether it runs or not
 */
export function removeVolume(engine: Engine, name: string): void {
  volumeOf(engine, name);
  const users = takeAway(engine, name);
  if (users.length > 0) {
    throw new TsrunError('CONFLICT', `remove ${name}: volume is in use - [${users.join(', ')}]`, {
      path: name,
      hint: 'remove these containers first',
    });
  }
}

/** Remove the volumes that no container has, whether it runs or not. */
export function pruneVolumes(engine: Engine, filter: PruneFilter): Pruned {
  const pruned: Pruned = { names: [], bytes: 0 };
  for (const name of unusedVolumes(engine, filter)) {
    const size = treeSize(volumeData(engine.paths, name));
    // A container may have taken it meanwhile.
    if (takeAway(engine, name).length > 0) continue;
    pruned.names.push(name);
    pruned.bytes += size;
  }
  withReserve(engine.paths, () => recordPrune(engine.database(), 'volume', pruned.bytes));
  return pruned;
}

/** What `pruneVolumes` would remove. */
export function prunableVolumes(engine: Engine, filter: PruneFilter): Pruned {
  const names = unusedVolumes(engine, filter);
  return { names, bytes: names.reduce((sum, name) => sum + treeSize(volumeData(engine.paths, name)), 0) };
}

function unusedVolumes(engine: Engine, filter: PruneFilter): string[] {
  const used = usedVolumes(engine.database());
  return listVolumes(engine.database())
    .filter(({ name, createdAt, labels }) => !used.has(name) && isMeant(filter, createdAt, labels))
    .map(({ name }) => name);
}

/**
 * Remove a volume that nobody uses. Its directory moves away before its row goes: a volume of the same name, made right after,
 * never finds what was in this one; and whoever is killed in between leaves scratch, which the next command clears.
 * @returns the containers that use it: nothing was done then
 */
function takeAway(engine: Engine, name: string): string[] {
  return withReserve(engine.paths, () => {
    const scratch = ownScratch(engine.paths, `volume-${process.pid}-${name}`);
    const away = join(scratch.directory, 'volume');
    try {
      return commitDurably(engine.database(), () => forgetUnused(engine, name, away));
    } catch (error) {
      // It is recorded still: what is in it must not be lost.
      if (existsSync(away)) renameSync(away, join(volumesDirectory(engine.paths), name));
      throw error;
    } finally {
      scratch.release();
    }
  });
}

/** In a writing transaction. @returns as `takeAway` */
function forgetUnused(engine: Engine, name: string, away: string): string[] {
  const users = volumeUsers(engine.database(), name);
  if (users.length > 0) return users;
  const directory = join(volumesDirectory(engine.paths), name);
  if (existsSync(directory)) renameSync(directory, away);
  deleteVolume(engine.database(), name);
  tell(engine, 'destroy', name, { driver: 'local' });
  return [];
}

function tell(engine: Engine, action: string, actor: string, attributes: Record<string, string>): void {
  recordEvent(engine.database(), { type: 'volume', action, actor, attributes });
}
