/**
 * The state database: SQLite in WAL mode. A row is the truth; a file or directory without one is garbage.
 * `synchronous=NORMAL` is enough: a power cut may forget the newest container, which is dead anyway. Images are
 * committed with a checkpoint (`commitDurably`), so that they are never forgotten.
 */
import { DatabaseSync } from 'node:sqlite';
import { TsrunError, type ErrorCode } from '../model/errors.ts';
import { makePlace } from './make-place.ts';
import { databasePath, type EnginePaths } from './paths.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

export type { DatabaseSync } from 'node:sqlite';

/** How long to wait for another command's write: none of them takes long. */
const TIMEOUT_MS = 10_000;

/**
 * Open (and on first use make) the engine's database.
 * @throws TsrunError DATABASE when another version wrote it, or SQLite can't read it; PERMISSION when the folder can't be made.
 */
export function openDatabase(paths: EnginePaths): DatabaseSync {
  const path = databasePath(paths);
  try {
    return openAt(path);
  } catch (error) {
    if (error instanceof TsrunError) throw error;
    if (isMissingDirectory(error)) {
      makePlace(paths, 'root');
      return openAt(path);
    }
    throw (
      databaseError(error) ??
      new TsrunError('DATABASE', `cannot open the state database ${path}: ${(error as Error).message}`, {
        path,
        hint: `if the file is damaged, move ${paths.root} away; images can be pulled again`,
        cause: error,
      })
    );
  }
}

function isMissingDirectory(error: unknown): boolean {
  // SQLITE_CANTOPEN
  return error instanceof Error && 'errcode' in error && error.errcode === 14;
}

/**
 * No process of ours lives long, so every command reads the whole write-ahead log when it opens the database: it is kept
 * short, half a megabyte, which saves a millisecond of each start.
 */
const PRAGMAS = 'PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=128';

function openAt(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    const version = readNumber(database, 'PRAGMA user_version');
    if (version === SCHEMA_VERSION) {
      database.exec(PRAGMAS);
      return database;
    }
    if (version !== 0) {
      throw new TsrunError(
        'DATABASE',
        `the state database ${path} was written by another version (schema ${version}, this one knows ${SCHEMA_VERSION})`,
        {
          path,
          hint: 'use the tsrun that wrote it, or another folder with --root',
        },
      );
    }
    database.exec(`PRAGMA journal_mode=WAL; ${PRAGMAS}`);
    transaction(database, () => {
      // Two first commands at once: the second finds the schema made.
      if (readNumber(database, 'PRAGMA user_version') === 0) database.exec(SCHEMA);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function readNumber(database: DatabaseSync, pragma: string): number {
  const row = database.prepare(pragma).get();
  return Number(Object.values(row ?? {})[0] ?? 0);
}

/** Run `work` in one immediate (writing) transaction: all of it counts, or nothing. Not nested. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw databaseError(error) ?? error;
  }
}

const FULL = 13;
/** SQLITE_IOERR_SHMSIZE: the index of its log can't grow. */
const IOERR_SHMSIZE = 4874;

/** What SQLite says (its primary result codes), in the engine's words, and what to do about it. */
const PROBLEMS: Readonly<Record<number, [ErrorCode, message: string, hint: string, errno?: string]>> = {
  5: [
    'DATABASE',
    'the state database is locked by another command',
    `it has been for ${TIMEOUT_MS / 1000} seconds: look for a tsrun that hangs`,
  ],
  8: [
    'PERMISSION',
    'write the state database: it is on a read-only disk',
    'mount it writable, or choose another folder with --root',
    'EROFS',
  ],
  10: ['DATABASE', "the state database can't be read or written: the disk reports an error", "see the kernel's log", 'EIO'],
  11: ['CORRUPT', 'the state database is damaged', 'move the data root away; images can be pulled again'],
  [FULL]: [
    'NO_SPACE',
    'write the state database: no space left on device',
    'free some space, or choose another folder with --root',
    'ENOSPC',
  ],
};

/** An error of SQLite's as the engine's; undefined for other errors, and for those that only a bug of ours can cause. */
export function databaseError(error: unknown): TsrunError | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  // The rest of other extended codes says more than anybody can use.
  const [code, message, hint, errno] = PROBLEMS[error.errcode === IOERR_SHMSIZE ? FULL : error.errcode & 0xff] ?? [];
  return code === undefined ? undefined : new TsrunError(code, message ?? '', { errno, hint, cause: error });
}

/** As `transaction`, and on the disk when it returns: for images, layers and volumes. */
export function commitDurably<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('PRAGMA synchronous=FULL');
  try {
    return transaction(database, work);
  } finally {
    database.exec('PRAGMA synchronous=NORMAL');
  }
}
