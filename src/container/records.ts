/** Containers in the database: a row each. What a row says of the state is checked against the kernel by `states.ts`. */
import type { Container, ContainerConfig, ContainerState, Health, RestartFacts } from '../model/container.ts';
import type { Digest } from '../model/image.ts';
import type { DatabaseSync } from '../state/database.ts';
import { TsrunError } from '../model/errors.ts';
import { configText, parseConfig } from './config-text.ts';

interface ContainerRow {
  id: string;
  name: string;
  image_id: string;
  created_at: string;
  config: string;
  state: string;
  restart_count: number;
  restart_delay: number;
  stopped_by: string | null;
  health: string | null;
}

const COLUMNS = 'id, name, image_id, created_at, config, state, restart_count, restart_delay, stopped_by, health';

/** The config is long, and a list of many containers hardly looks at it: it is read when it is asked for. */
function fromRow(row: ContainerRow): Container {
  const { config: text } = row;
  let config: ContainerConfig | undefined;
  return {
    id: row.id,
    name: row.name,
    imageId: row.image_id as Digest,
    createdAt: row.created_at,
    get config(): ContainerConfig {
      return (config ??= parseConfig(text));
    },
    state: JSON.parse(row.state) as ContainerState,
    restarts: {
      count: row.restart_count,
      delayMs: row.restart_delay,
      stoppedBy: (row.stopped_by ?? undefined) as RestartFacts['stoppedBy'],
    },
    health: row.health === null ? undefined : (JSON.parse(row.health) as Health),
  };
}

/**
 * Record a container before anything of it is made.
 * @throws TsrunError CONFLICT when the name is in use, in Docker's words.
 */
export function insertContainer(database: DatabaseSync, container: Container): void {
  const { changes } = database
    .prepare(
      'INSERT INTO containers (id, name, image_id, created_at, config, state) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO NOTHING',
    )
    .run(
      container.id,
      container.name,
      container.imageId,
      container.createdAt,
      configText(container.config),
      JSON.stringify(container.state),
    );
  if (changes === 1) return;
  throw nameInUse(database, container.name);
}

function nameInUse(database: DatabaseSync, name: string): TsrunError {
  const holder = database.prepare('SELECT id FROM containers WHERE name = ?').get(name) as { id: string } | undefined;
  return new TsrunError(
    'CONFLICT',
    `Conflict. The container name "/${name}" is already in use by container "${holder?.id ?? 'unknown'}". You have to remove (or rename) that container to be able to reuse that name.`,
    { step: 2, path: name, hint: `tsrun rm ${name}, or choose another --name` },
  );
}

/** Write a container's state, restarts and health. Only `change-state.ts` calls it: it decides what they may become. */
export function writeState(database: DatabaseSync, { id, state, restarts, health }: Container): void {
  database
    .prepare('UPDATE containers SET state = ?, restart_count = ?, restart_delay = ?, stopped_by = ?, health = ? WHERE id = ?')
    .run(
      JSON.stringify(state),
      restarts.count,
      restarts.delayMs,
      restarts.stoppedBy ?? null,
      health === undefined ? null : JSON.stringify(health),
      id,
    );
}

/** Say that a container is being stopped on purpose, before it is: whoever finds it ended must not start it again. */
export function writeStoppedBy(database: DatabaseSync, id: string, stoppedBy: 'user' | 'engine' | 'restart'): void {
  database.prepare('UPDATE containers SET stopped_by = ? WHERE id = ?').run(stoppedBy, id);
}

/** Write what a health check found. */
export function writeHealth(database: DatabaseSync, id: string, health: Health): void {
  database.prepare('UPDATE containers SET health = ? WHERE id = ?').run(JSON.stringify(health), id);
}

/** Write a config that `update` changed. @throws TsrunError NOT_FOUND where the container was removed meanwhile */
export function writeConfig(database: DatabaseSync, id: string, config: ContainerConfig): void {
  const { changes } = database.prepare('UPDATE containers SET config = ? WHERE id = ?').run(configText(config), id);
  if (changes === 0) throw gone(id);
}

const gone = (id: string): TsrunError => new TsrunError('NOT_FOUND', `No such container: ${id}`, { path: id });

/** Give a container another name. @throws TsrunError CONFLICT when it is in use, NOT_FOUND where it was removed meanwhile; in Docker's words */
export function renameRecord(database: DatabaseSync, id: string, name: string): void {
  const { changes } = database.prepare('UPDATE OR IGNORE containers SET name = ? WHERE id = ?').run(name, id);
  if (changes === 0) throw readContainer(database, id) === undefined ? gone(id) : nameInUse(database, name);
}

/** Forget a container, its ports and its use of volumes. */
export function deleteContainer(database: DatabaseSync, id: string): void {
  database.prepare('DELETE FROM container_volumes WHERE container_id = ?').run(id);
  database.prepare('DELETE FROM containers WHERE id = ?').run(id);
}

/** By its whole ID. */
export function readContainer(database: DatabaseSync, id: string): Container | undefined {
  const row = database.prepare(`SELECT ${COLUMNS} FROM containers WHERE id = ?`).get(id);
  return row === undefined ? undefined : fromRow(row as unknown as ContainerRow);
}

/** Containers whose config names another one by its ID: they are linked to it, or join what it has. */
export function listNaming(database: DatabaseSync, id: string): Container[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM containers WHERE instr(config, ?) > 0`)
    .all(id)
    .map((row) => fromRow(row as unknown as ContainerRow));
}

/** All containers, the newest first. */
export function listContainers(database: DatabaseSync): Container[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM containers ORDER BY created_at DESC, id`)
    .all()
    .map((row) => fromRow(row as unknown as ContainerRow));
}

/** The containers that `text` may mean: its ID or the beginning of one, or its name. `find.ts` says which. */
export function readCandidates(database: DatabaseSync, text: string): Container[] {
  const plain = text.replace(/^\//, '');
  return database
    .prepare(`SELECT ${COLUMNS} FROM containers WHERE name = ?1 OR substr(id, 1, length(?1)) = ?1`)
    .all(plain)
    .map((row) => fromRow(row as unknown as ContainerRow));
}
