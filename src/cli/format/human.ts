/** Times and sizes as Docker's lists show them. Source of the rules: docker/go-units. */
import { humanSize } from '../../model/size.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A span of time in about one word: `About a minute`, `3 weeks`. Takes milliseconds. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / SECOND);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(milliseconds / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(milliseconds / HOUR + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(milliseconds / HOUR / 24 / 365)} years`;
}

/** How long ago `time` (RFC 3339) was: `3 weeks ago`; `N/A` where it isn't known. */
export function humanAgo(time: string | undefined, now: number): string {
  const then = Date.parse(time ?? '');
  return Number.isNaN(then) || then <= 0 ? 'N/A' : `${humanDuration(now - then)} ago`;
}

/** Bytes as lists have them, to three digits: `92.9MB`. */
export const shortSize = (bytes: number): string => humanSize(bytes, 3);

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in powers of 1024, to four digits: `23.54GiB`. */
export function binarySize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < BINARY_UNITS.length - 1; unit++) size /= 1024;
  return `${Number(size.toPrecision(4))}${BINARY_UNITS[unit]}`;
}

/** At most `width` characters, the last of them `…` where something was cut. */
export function ellipsis(text: string, width: number): string {
  if (text.length <= width) return text;
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
