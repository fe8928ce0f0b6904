/**
 * What happened, as `tsrun events` tells it: a row each, written in the same transaction as what it tells of, so that
 * neither is there without the other. The newest some thousand are kept.
 */
import type { DatabaseSync } from './database.ts';

/** What happened to what. */
export interface EngineEvent {
  type: 'container' | 'image' | 'network' | 'volume';
  /** `create`, `start`, `die`, `pull`, …: Docker's words. */
  action: string;
  /** ID or name of what it happened to. */
  actor: string;
  attributes: Readonly<Record<string, string>>;
}

export interface RecordedEvent extends EngineEvent {
  /** Grows by one; the clock may go back, this doesn't. */
  sequence: number;
  /** Milliseconds since 1970. */
  time: number;
}

/** Old ones go in batches. */
const KEPT = 10_000;
const BATCH = 256;

/** Record an event; inside the transaction of what it tells, where there is one. */
export function recordEvent(database: DatabaseSync, { type, action, actor, attributes }: EngineEvent): void {
  const { lastInsertRowid } = database
    .prepare('INSERT INTO events (time_ms, type, action, actor, attributes) VALUES (?, ?, ?, ?, ?)')
    .run(Date.now(), type, action, actor, JSON.stringify(attributes));
  const sequence = Number(lastInsertRowid);
  if (sequence % BATCH === 0) database.prepare('DELETE FROM events WHERE sequence <= ?').run(sequence - KEPT);
}

/** The events after `sequence`, in order. */
export function readEvents(database: DatabaseSync, sequence: number): RecordedEvent[] {
  return database
    .prepare('SELECT sequence, time_ms, type, action, actor, attributes FROM events WHERE sequence > ? ORDER BY sequence')
    .all(sequence)
    .map((row) => ({
      sequence: Number(row['sequence']),
      time: Number(row['time_ms']),
      type: String(row['type']) as RecordedEvent['type'],
      action: String(row['action']),
      actor: String(row['actor']),
      attributes: JSON.parse(String(row['attributes'])) as Record<string, string>,
    }));
}

/** The number of the newest event; 0 where there is none. */
export function lastEvent(database: DatabaseSync): number {
  return Number(database.prepare('SELECT max(sequence) AS last FROM events').get()?.['last'] ?? 0);
}
