/** Volumes in the database: a row each. Its directory may not be there yet; a directory without a row is garbage. */
import type { DatabaseSync } from '../state/database.ts';

export interface Volume {
  name: string;
  createdAt: string;
  /** Made for one container, without a name of its own. */
  anonymous: boolean;
  /** undefined: nobody asked for the volume itself; a container that uses it had it made. */
  labels: Record<string, string> | undefined;
}

const COLUMNS = 'name, created_at, anonymous, labels';

export function readVolume(database: DatabaseSync, name: string): Volume | undefined {
  const row = database.prepare(`SELECT ${COLUMNS} FROM volumes WHERE name = ?`).get(name);
  return row === undefined ? undefined : fromRow(row);
}

/** All volumes, by name. */
export function listVolumes(database: DatabaseSync): Volume[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM volumes ORDER BY name`)
    .all()
    .map((row) => fromRow(row));
}

/** The names of volumes that containers use. */
export function usedVolumes(database: DatabaseSync): Set<string> {
  const rows = database.prepare('SELECT DISTINCT volume FROM container_volumes').all();
  return new Set(rows.map((row) => String(row['volume'])));
}

/** IDs of the containers that use a volume. */
export function volumeUsers(database: DatabaseSync, name: string): string[] {
  const rows = database.prepare('SELECT container_id FROM container_volumes WHERE volume = ? ORDER BY container_id').all(name);
  return rows.map((row) => String(row['container_id']));
}

/** Record a volume unless it is there. @returns whether it was new */
export function insertVolume(database: DatabaseSync, { name, createdAt, anonymous, labels }: Volume): boolean {
  const { changes } = database
    .prepare('INSERT OR IGNORE INTO volumes (name, created_at, anonymous, labels) VALUES (?, ?, ?, ?)')
    .run(name, createdAt, anonymous ? 1 : 0, JSON.stringify(labels ?? null));
  return changes > 0;
}

/** Its directory is the caller's: it goes first. */
export function deleteVolume(database: DatabaseSync, name: string): void {
  database.prepare('DELETE FROM volumes WHERE name = ?').run(name);
}

function fromRow(row: Record<string, unknown>): Volume {
  return {
    name: String(row['name']),
    createdAt: String(row['created_at']),
    anonymous: row['anonymous'] === 1,
    labels: (JSON.parse(String(row['labels'])) ?? undefined) as Volume['labels'],
  };
}
