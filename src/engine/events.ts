/**
 * What happened, and what happens: the events in the database, and, without a daemon that tells, its write-ahead log
 * watched for more. Source of the filters' rules: moby, daemon/events/filter.go.
 */
import { watch } from 'node:fs';
import type { Filters } from '../model/filters.ts';
import { lastEvent, readEvents, type RecordedEvent } from '../state/events.ts';
import { databasePath } from '../state/paths.ts';
import type { Engine } from './engine.ts';

export const EVENT_FILTERS = ['container', 'event', 'image', 'label', 'network', 'scope', 'type', 'volume'] as const;

export interface EventsRequest {
  /** Of EVENT_FILTERS. */
  filters: Filters;
  /** Milliseconds since 1970; undefined: from now on, or, where there is an `until`, all that are kept. */
  since: number | undefined;
  /** undefined: for ever. */
  until: number | undefined;
}

/** A look in between, should a notice be missed. */
const LOOK_AGAIN_MS = 1000;

/** The events that were asked for, in their order: those that are there, then each as it happens. */
export async function* watchEvents(engine: Engine, { filters, since, until }: EventsRequest): AsyncGenerator<RecordedEvent> {
  const database = engine.database();
  let last = since === undefined && until === undefined ? lastEvent(database) : 0;
  let notice: () => void = () => {};
  // Every writer appends here. It is there as long as this connection is.
  const watcher = watch(`${databasePath(engine.paths)}-wal`, () => notice());
  try {
    for (;;) {
      const noticed = new Promise<void>((resolve) => (notice = resolve));
      // Before looking: what is written afterwards is later than `until`.
      const isOver = until !== undefined && Date.now() >= until;
      for (const event of readEvents(database, last)) {
        last = event.sequence;
        const inTime = event.time >= (since ?? 0) && event.time <= (until ?? Infinity);
        if (inTime && isAskedFor(event, filters)) yield event;
      }
      if (isOver) return;
      const wait = Math.min(LOOK_AGAIN_MS, Math.max(0, (until ?? Infinity) - Date.now()));
      const timer = setTimeout(() => notice(), wait);
      await noticed;
      clearTimeout(timer);
    }
  } finally {
    watcher.close();
  }
}

/** Values of one name are alternatives, names are conditions; labels must all match. */
export function isAskedFor({ type, action, actor, attributes }: RecordedEvent, filters: Filters): boolean {
  const name = attributes['name'] ?? '';
  const begins = (wanted: string): boolean => actor.startsWith(wanted) || name.startsWith(wanted);
  const image = (type === 'image' ? name : attributes['image']) ?? '';
  return (
    filters.some('type', (wanted) => wanted === type) &&
    filters.some('scope', (wanted) => wanted === 'local') &&
    // `exec_start: sh -c …` and `health_status: healthy` are found by their first word.
    filters.some('event', (wanted) => action === wanted || action.startsWith(`${wanted}: `)) &&
    filters.some('container', (wanted) => type === 'container' && begins(wanted)) &&
    filters.some('network', (wanted) => type === 'network' && begins(wanted)) &&
    filters.some('volume', (wanted) => type === 'volume' && begins(wanted)) &&
    filters.some('image', (wanted) => [image, withoutTag(image), actor].includes(wanted)) &&
    filters.matchLabels(attributes)
  );
}

const withoutTag = (image: string): string => image.replace(/:[^:/]*$/, '');
