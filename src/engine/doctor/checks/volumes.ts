/** Volumes' records and directories: each has the other. What somebody may have written is never removed. */
import { existsSync } from 'node:fs';
import { makeVolumeDirectory } from '../../../filesystem/fill-volume.ts';
import { insertVolume, listVolumes } from '../../../filesystem/volume-records.ts';
import { volumeData } from '../../../filesystem/volumes.ts';
import { volumesDirectory } from '../../../state/paths.ts';
import type { Engine } from '../../engine.ts';
import { filesIn } from '../files.ts';
import type { Problem } from '../check.ts';
import { shortId } from '../../../model/short-id.ts';

export function checkVolumes(engine: Engine): Problem[] {
  const database = engine.database();
  const volumes = listVolumes(database);
  const known = new Set(volumes.map(({ name }) => name));
  const lost = volumes.filter(({ name }) => !existsSync(volumeData(engine.paths, name)));
  const strays = filesIn(volumesDirectory(engine.paths)).filter(
    (name) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name) && !known.has(name) && existsSync(volumeData(engine.paths, name)),
  );
  const dangling = database
    .prepare('SELECT container_id, volume FROM container_volumes WHERE container_id NOT IN (SELECT id FROM containers)')
    .all();
  const forgetUse = database.prepare('DELETE FROM container_volumes WHERE container_id = ? AND volume = ?');
  return [
    ...lost.map(({ name }) => ({
      what: `volume ${name} has lost its data: ${volumeData(engine.paths, name)} isn't there`,
      remedy: 'made an empty directory',
      mend: () => makeVolumeDirectory(volumeData(engine.paths, name)),
    })),
    ...strays.map((name) => ({
      what: `${volumeData(engine.paths, name)} is of no volume that is recorded`,
      remedy: 'recorded the volume',
      mend: () => void insertVolume(database, { name, createdAt: new Date().toISOString(), anonymous: false, labels: undefined }),
    })),
    ...dangling.map((row) => ({
      what: `volume ${String(row['volume'])} is kept for container ${shortId(String(row['container_id']))}, which is not recorded`,
      remedy: 'forgot that it is used',
      mend: () => void forgetUse.run(String(row['container_id']), String(row['volume'])),
    })),
  ];
}
