/** The database: SQLite's own checks. */
import { databasePath } from '../../../state/paths.ts';
import type { Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

export function checkDatabase(engine: Engine): Problem[] {
  const path = databasePath(engine.paths);
  const remedy = 'move the data root away; images can be pulled again';
  const integrity = engine.database().prepare('PRAGMA integrity_check').all();
  const damage = integrity.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
  const dangling = engine.database().prepare('PRAGMA foreign_key_check').all();
  return [
    ...damage.map((line) => ({ what: `database ${path} is damaged: ${line}`, remedy, mend: undefined })),
    ...dangling.map((row) => ({
      what: `database ${path}: a row of ${String(row['table'])} leads to one of ${String(row['parent'])} that isn't there`,
      remedy,
      mend: undefined,
    })),
  ];
}
