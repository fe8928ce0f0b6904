import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type ExecutionContext } from 'ava';
import { TsrunError } from '../../src/model/errors.ts';
import { commitDurably, openDatabase, transaction } from '../../src/state/database.ts';
import { databasePath, type EnginePaths } from '../../src/state/paths.ts';

function ownPaths(t: ExecutionContext): EnginePaths {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-state-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return { root: join(folder, 'root'), state: join(folder, 'state') };
}

test('makes the database on first use, and opens it again', (t) => {
  const paths = ownPaths(t);
  openDatabase(paths).close();
  const database = openDatabase(paths);
  t.deepEqual(database.prepare('SELECT count(*) AS n FROM containers').get()?.['n'], 0);
  t.is(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
  database.close();
});

test('refuses a database that another version wrote, and changes nothing in it', (t) => {
  const paths = ownPaths(t);
  mkdirSync(paths.root);
  const other = new DatabaseSync(databasePath(paths));
  other.exec('CREATE TABLE future (x); PRAGMA user_version = 999');
  other.close();
  const error = t.throws(() => openDatabase(paths), { instanceOf: TsrunError });
  t.is(error.code, 'DATABASE');
  t.regex(error.message, /written by another version \(schema 999, this one knows \d+\)/);
  t.regex(error.hint ?? '', /--root/);
  const after = new DatabaseSync(databasePath(paths));
  t.is(after.prepare('PRAGMA user_version').get()?.['user_version'], 999);
  after.close();
});

test('says where a file is that is no database', (t) => {
  const paths = ownPaths(t);
  mkdirSync(paths.root);
  writeFileSync(databasePath(paths), 'not a database, but longer than its header would be, so that it is read as one'.repeat(20));
  const error = t.throws(() => openDatabase(paths), { instanceOf: TsrunError });
  t.is(error.code, 'DATABASE');
  t.is(error.path, databasePath(paths));
});

test('a transaction that throws leaves nothing', (t) => {
  const database = openDatabase(ownPaths(t));
  const insert = (): unknown => database.prepare("INSERT INTO facts (name, value) VALUES ('a', 'b')").run();
  t.throws(() =>
    transaction(database, () => {
      insert();
      throw new Error('stop');
    }),
  );
  t.is(database.prepare('SELECT count(*) AS n FROM facts').get()?.['n'], 0);
  t.is(
    commitDurably(database, () => (insert(), 7)),
    7,
  );
  t.is(database.prepare('SELECT count(*) AS n FROM facts').get()?.['n'], 1);
  t.is(database.prepare('PRAGMA synchronous').get()?.['synchronous'], 1, 'back to NORMAL after a durable commit');
  database.close();
});
