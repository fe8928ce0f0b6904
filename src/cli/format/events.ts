/** One event on one line. Source: docker/cli, command/system/events.go; Docker Engine API 1.41, SystemEventsResponse. */
import { localClock, localDay, localOffset } from '../../model/local-time.ts';
import type { RecordedEvent } from '../../state/events.ts';

/** `2026-01-02T03:04:05.000000000+01:00 container start ID (image=busybox, name=web)`, in the local time zone. */
export function eventLine({ time, type, action, actor, attributes }: RecordedEvent): string {
  const pairs = Object.entries(inOrder(attributes)).map(([name, value]) => `${name}=${value}`);
  return `${nanoTime(new Date(time))} ${type} ${action} ${actor}${pairs.length === 0 ? '' : ` (${pairs.join(', ')})`}\n`;
}

/** By name, as Go prints a map. */
function inOrder(attributes: RecordedEvent['attributes']): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** To the nanosecond, of which the last six digits are not known. */
function nanoTime(date: Date): string {
  const zone = date.getTimezoneOffset() === 0 ? 'Z' : localOffset(date, ':');
  return `${localDay(date)}T${localClock(date)}.${String(date.getMilliseconds()).padStart(3, '0')}000000${zone}`;
}

/** As the API sends it. */
export function eventJson(event: RecordedEvent): string {
  const { Status: status, ID: id, From: from, Type, Action, Actor, Scope: scope, Time: time } = eventFields(event);
  const old = Object.fromEntries(Object.entries({ status, id, from }).filter(([, value]) => value !== ''));
  const json = JSON.stringify({ ...old, Type, Action, Actor, scope, time });
  // The nanoseconds are no number that JavaScript has.
  return `${json.slice(0, -1)},"timeNano":${event.time}000000}\n`;
}

/** What templates are filled from; the first three are older names of the same, for containers and images. */
export function eventFields(event: RecordedEvent): Record<string, unknown> {
  const isOld = event.type === 'container' || event.type === 'image';
  return {
    Status: isOld ? event.action : '',
    ID: isOld ? event.actor : '',
    From: event.type === 'container' ? (event.attributes['image'] ?? '') : '',
    Type: event.type,
    Action: event.action,
    Actor: { ID: event.actor, Attributes: inOrder(event.attributes) },
    Scope: 'local',
    Time: Math.trunc(event.time / 1000),
    TimeNano: event.time * 1e6,
  };
}
