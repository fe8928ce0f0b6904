/** Times in the zone of whoever reads them. */

const two = (number: number): string => String(Math.trunc(number)).padStart(2, '0');

/** RFC 3339 to the second: `2026-07-13T00:00:01+02:00`; `Z` for UTC. */
export function localTime(date: Date): string {
  return `${localDay(date)}T${localClock(date)}${date.getTimezoneOffset() === 0 ? 'Z' : localOffset(date, ':')}`;
}

export const localDay = (date: Date): string =>
  `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

export const localClock = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

/** `+02:00`, with what stands between hours and minutes. */
export function localOffset(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}${separator}${two(Math.abs(minutes) % 60)}`;
}
