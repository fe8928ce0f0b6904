/** Step 3: volumes, binds and tmpfs of a container, from what was asked for to what is mounted. */
import { join } from 'node:path';
import { traceCall } from '../kernel/trace.ts';
import type { Container, MountRequest } from '../model/container.ts';
import type { ResolvedMount } from '../model/resolved-mount.ts';
import { anonymousVolumeName, isAnonymousOf } from '../model/volume-name.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';
import { recordEvent } from '../state/events.ts';
import { volumesDirectory, type EnginePaths } from '../state/paths.ts';
import { prepareBindSource } from './bind-source.ts';
import { fillVolume } from './fill-volume.ts';
import type { RootLayers } from './overlay.ts';
import { insertVolume } from './volume-records.ts';

type VolumeRequest = Extract<MountRequest, { type: 'volume' }>;

export interface VolumeContext {
  database: DatabaseSync;
  paths: EnginePaths;
}

/** The host directory that a volume is. */
export function volumeData(paths: EnginePaths, name: string): string {
  return join(volumesDirectory(paths), name, '_data');
}

/**
 * Make a container's mounts ready. Volumes that aren't there are made, and filled from its `root` when it uses
 * them for the first time and they are empty; their rows come first, so that nothing is lost sight of.
 * @throws TsrunError INVALID_ARGUMENT for a bind source that isn't there (`--mount`), in Docker's words; NO_SPACE.
 */
export function prepareMounts(context: VolumeContext, container: Pick<Container, 'id' | 'config'>, root: RootLayers): ResolvedMount[] {
  const { mounts } = container.config;
  const isNew = mounts.some((mount) => mount.type === 'volume') ? recordVolumes(context.database, container) : new Set<string>();
  return mounts.map((mount, index) => {
    switch (mount.type) {
      case 'bind':
        prepareBindSource(mount);
        return {
          type: 'bind',
          source: mount.source,
          target: mount.target,
          readOnly: mount.readOnly,
          propagation: mount.propagation,
          ...(mount.below === undefined ? {} : { below: mount.below }),
        };
      case 'volume': {
        const name = nameOf(container.id, mount, index);
        const source = volumeData(context.paths, name);
        traceCall(
          'mkdir',
          () => `volume ${name.slice(0, 12)} at ${source}`,
          () => fillVolume(source, root, mount.target, mount.copy && isNew.has(name)),
        );
        return { type: 'bind', source, target: mount.target, readOnly: mount.readOnly };
      }
      case 'tmpfs':
        return { type: 'tmpfs', target: mount.target, options: mount.options };
    }
  });
}

function nameOf(id: string, mount: VolumeRequest, index: number): string {
  return mount.name ?? anonymousVolumeName(id, index);
}

/** @returns names of volumes that the container didn't use before. */
function recordVolumes(database: DatabaseSync, { id, config }: Pick<Container, 'id' | 'config'>): Set<string> {
  return transaction(database, () => {
    const use = database.prepare('INSERT OR IGNORE INTO container_volumes (container_id, volume) VALUES (?, ?)');
    const isNew = new Set<string>();
    for (const [index, mount] of config.mounts.entries()) {
      if (mount.type !== 'volume') continue;
      const name = nameOf(id, mount, index);
      const volume = { name, createdAt: new Date().toISOString(), anonymous: isAnonymousOf(id, name), labels: mount.labels };
      if (insertVolume(database, volume))
        recordEvent(database, { type: 'volume', action: 'create', actor: name, attributes: { driver: 'local' } });
      if (use.run(id, name).changes > 0) isNew.add(name);
    }
    return isNew;
  });
}

/**
 * Forget which volumes a container used, inside the caller's transaction; with `removeAnonymous`, also its anonymous volumes
 * that no other container uses. Their directories are the caller's to remove (`removingVolumes`).
 * @returns the names of the volumes whose rows went
 */
export function releaseVolumes(database: DatabaseSync, id: string, removeAnonymous: boolean): string[] {
  const used = volumesOf(database, id);
  if (used.length === 0) return [];
  database.prepare('DELETE FROM container_volumes WHERE container_id = ?').run(id);
  if (!removeAnonymous) return [];
  const remove = database.prepare(
    'DELETE FROM volumes WHERE name = ? AND NOT EXISTS (SELECT 1 FROM container_volumes WHERE volume = name)',
  );
  return used.filter(({ name, isAnonymous }) => isAnonymous && remove.run(name).changes > 0).map(({ name }) => name);
}

/** The volumes that a container uses. */
export function volumesOf(database: DatabaseSync, id: string): { name: string; isAnonymous: boolean }[] {
  return database
    .prepare('SELECT name, anonymous FROM container_volumes JOIN volumes ON volumes.name = volume WHERE container_id = ?')
    .all(id)
    .map((row) => ({ name: String(row['name']), isAnonymous: row['anonymous'] === 1 }));
}
