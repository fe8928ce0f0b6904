/**
 * Cgroups of containers that are recorded no more. Every engine of this host has its own beside others', and a name tells only
 * the container: it is ours when our events tell of that container, or we wrote down that it uses a directory. Any other is left alone.
 */
import { existsSync } from 'node:fs';
import { removeContainerCgroup } from '../../../cleanup/terminate.ts';
import { cgroupDirectory, detectCgroups } from '../../../kernel/cgroup/index.ts';
import { isOwned } from '../../../state/ownership.ts';
import { releaseCgroupParents } from '../../cgroup-parents.ts';
import type { Engine } from '../../engine.ts';
import { filesIn } from '../files.ts';
import type { Problem } from '../check.ts';
import { shortId } from '../../../model/short-id.ts';

export function checkStrayCgroups(engine: Engine): Problem[] {
  const database = engine.database();
  const { hierarchies } = detectCgroups();
  const isOurs = database.prepare("SELECT 1 FROM events WHERE type = 'container' AND actor = ? LIMIT 1");
  const isRecorded = database.prepare('SELECT 1 FROM containers WHERE id = ?');
  const isStray = (id: string): boolean => isOurs.get(id) !== undefined && !isOwned(engine.paths, id) && isRecorded.get(id) === undefined;
  const cgroups = hierarchies.flatMap((hierarchy) =>
    filesIn(cgroupDirectory(hierarchy, ''))
      .map((name) => /^tsrun-([0-9a-f]{64})$/.exec(name)?.[1])
      .filter((id) => id !== undefined && isStray(id))
      // One that ended meanwhile lost its cgroup before its row.
      .filter((id) => existsSync(cgroupDirectory(hierarchy, `/tsrun-${id}`)))
      .map((id) => ({
        what: `cgroup ${cgroupDirectory(hierarchy, `/tsrun-${id}`)} is of a container that is recorded no more`,
        remedy: 'removed',
        mend: () => removeContainerCgroup(`/tsrun-${id}`),
      })),
  );
  return [...cgroups, ...strayParents(engine)];
}

/** Directories that were made for `--cgroup-parent`, and what is left in them of the container they were made for. */
function strayParents(engine: Engine): Problem[] {
  const database = engine.database();
  const rows = database
    .prepare('SELECT container_id, directory FROM cgroup_parents WHERE container_id NOT IN (SELECT id FROM containers)')
    .all()
    .map((row) => ({ id: String(row['container_id']), directory: String(row['directory']) }))
    .filter(({ id }) => !isOwned(engine.paths, id));
  return [...new Set(rows.map(({ id }) => id))].map((id) => ({
    what: `directories are kept for the cgroup of container ${shortId(id)}, which is recorded no more`,
    remedy: 'removed where nothing else is in them',
    mend: () => {
      for (const { directory } of rows.filter((row) => row.id === id)) removeBelow(directory, id);
      releaseCgroupParents(database, id);
    },
  }));
}

function removeBelow(directory: string, id: string): void {
  if (!existsSync(`${directory}/tsrun-${id}`)) return;
  for (const { mountPoint } of detectCgroups().hierarchies)
    if (directory.startsWith(`${mountPoint}/`)) removeContainerCgroup(`${directory.slice(mountPoint.length)}/tsrun-${id}`);
}
