/** What every prune has: a filter, and what it says it did. */
import type { Filters } from '../../model/filters.ts';
import type { DatabaseSync } from '../../state/database.ts';
import { recordEvent } from '../../state/events.ts';

export interface PruneFilter {
  /** `label`, `label!`. */
  labels: Filters;
  /** Only what was made before this, in milliseconds since 1970. */
  until?: number;
}

/** What went, or would go. */
export interface Pruned {
  /** IDs or names, as they are printed. */
  names: string[];
  /** Bytes of disk. */
  bytes: number;
}

/** Whether something made at `createdAt` (RFC 3339) with these labels is meant. */
export function isMeant(
  filter: PruneFilter,
  createdAt: string | undefined,
  labels: Readonly<Record<string, string>> | null | undefined,
): boolean {
  if (filter.until !== undefined && (Date.parse(createdAt ?? '') || 0) > filter.until) return false;
  return filter.labels.matchLabels(labels ?? {});
}

/** Do it, look at what came of it, and undo it: for `--dry-run`. Only what the database knows may be changed in there. */
export function rolledBack<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    return work();
  } finally {
    database.exec('ROLLBACK');
  }
}

/** Tell whoever watches that a prune is done. */
export function recordPrune(database: DatabaseSync, type: 'container' | 'image' | 'volume', bytes: number): void {
  recordEvent(database, { type, action: 'prune', actor: '', attributes: { reclaimed: String(bytes) } });
}
