/** Times as Go writes them: with the name of the reader's zone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localClock, localDay, localOffset } from '../../model/local-time.ts';

/** Go's `time.String`: `2026-07-13 00:00:01 +0000 UTC`; without fractions of a second. `N/A` where it isn't known. */
export function goTime(time: string | undefined): string {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return 'N/A';
  return `${localDay(date)} ${localClock(date)} ${localOffset(date, '')} ${zoneName(date)}`;
}

/** `CET`, `CEST`; the offset where the zone has no name. */
function zoneName(date: Date): string {
  const { standard, summer } = zoneNames();
  if (standard === undefined) return date.getTimezoneOffset() === 0 ? 'UTC' : localOffset(date, '');
  return summer !== undefined && isSummer(date) ? summer : standard;
}

/** Summer time is what is farther east than the other half of the year. */
function isSummer(date: Date): boolean {
  const offsets = [0, 6].map((month) => new Date(date.getFullYear(), month, 1).getTimezoneOffset());
  return date.getTimezoneOffset() < Math.max(...offsets);
}

/** From the last line of the zone's file, `CET-1CEST,M3.5.0,M10.5.0/3`. Source: RFC 8536, section 3.3. */
function zoneNames(): { standard?: string; summer?: string } {
  const zone = process.env['TZ']?.replace(/^:/, '');
  if (zone === '') return {};
  const path = zone === undefined ? '/etc/localtime' : join('/usr/share/zoneinfo', zone);
  let footer: string;
  try {
    footer = readFileSync(path, 'latin1').trimEnd().split('\n').at(-1) ?? '';
  } catch {
    // A zone that the system doesn't know: the offset says it all.
    return {};
  }
  const [, standard, summer] = /^(<[^>]+>|[A-Za-z]+)[-+\d:]+(<[^>]+>|[A-Za-z]+)?/.exec(footer) ?? [];
  const bare = (name: string): string => name.replaceAll(/[<>]/g, '');
  return { ...(standard === undefined ? {} : { standard: bare(standard) }), ...(summer === undefined ? {} : { summer: bare(summer) }) };
}
