/**
 * `--cgroup-parent`: directories that a container's cgroup lies in. Those that weren't there are ours: who uses them is written
 * down before they are made, and the last one takes them away.
 */
import { existsSync, rmdirSync } from 'node:fs';
import { cgroupDirectory, type CgroupLayout } from '../kernel/cgroup/index.ts';
import { traceCall } from '../kernel/trace.ts';
import type { Container } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';

/** Write down that a container uses the directories above its cgroup that aren't there yet, or that another container had made. */
export function recordCgroupParents(database: DatabaseSync, layout: CgroupLayout, { id, config }: Pick<Container, 'id' | 'config'>): void {
  const names = config.cgroupParent.split('/').filter((name) => name !== '');
  if (names.length === 0) return;
  const prefixes = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
  transaction(database, () => {
    const isOurs = database.prepare('SELECT 1 FROM cgroup_parents WHERE directory = ? LIMIT 1');
    const record = database.prepare('INSERT OR IGNORE INTO cgroup_parents (container_id, directory) VALUES (?, ?)');
    for (const hierarchy of layout.hierarchies) {
      for (const directory of prefixes.map((prefix) => cgroupDirectory(hierarchy, prefix))) {
        if (!existsSync(directory) || isOurs.get(directory) !== undefined) record.run(id, directory);
      }
    }
  });
}

/** A container is gone from its cgroup: remove those directories that no other container uses. What else lives in one keeps it. */
export function releaseCgroupParents(database: DatabaseSync, id: string): void {
  if (database.prepare('SELECT 1 FROM cgroup_parents WHERE container_id = ? LIMIT 1').get(id) === undefined) return;
  // In one transaction with the removal, so that nobody counts on a directory meanwhile.
  transaction(database, () => {
    const used = database.prepare('SELECT directory FROM cgroup_parents WHERE container_id = ? ORDER BY length(directory) DESC').all(id);
    database.prepare('DELETE FROM cgroup_parents WHERE container_id = ?').run(id);
    const others = database.prepare('SELECT 1 FROM cgroup_parents WHERE directory = ? LIMIT 1');
    for (const row of used) {
      const directory = String(row['directory']);
      if (others.get(directory) === undefined) removeEmpty(directory);
    }
  });
}

function removeEmpty(directory: string): void {
  try {
    traceCall(
      'rmdir',
      () => directory,
      () => rmdirSync(directory),
    );
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENODEV', 'EBUSY', 'ENOTEMPTY')) throw error;
  }
}
