/** A database of its own for a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openDatabase, type DatabaseSync } from '../../src/state/database.ts';

export function emptyDatabase(t: ExecutionContext): DatabaseSync {
  const root = mkdtempSync(join(tmpdir(), 'tsrun-database-'));
  const database = openDatabase({ root, state: join(root, 'state') });
  t.teardown(() => {
    database.close();
    rmSync(root, { recursive: true, force: true });
  });
  return database;
}
