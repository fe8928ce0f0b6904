/** `--since`, `--until`: a time, or how long ago. Source: moby, api/types/time. */

const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** In Go they are 64-bit integers. */
const LONGEST: bigint = 2n ** 63n - 1n;

/** What Go says is wrong with a duration that `parseDuration` didn't take. */
export function durationFault(text: string): string {
  const quoted = JSON.stringify(text);
  // A unit ends where a number begins: the m of `min` is none.
  const [, rest = ''] = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?![^\d.]))*(.*)$/s.exec(text) ?? [];
  const [, unit] = /^(?:\d+(?:\.\d*)?|\.\d+)([^\d.]*)/.exec(rest) ?? [];
  if (unit === '') return `time: missing unit in duration ${quoted}`;
  return unit === undefined ? `time: invalid duration ${quoted}` : `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
}

/** Nanoseconds of `1h30m`, `1.5s`, `-10s` (Go's time.ParseDuration); undefined where it is none. */
export function parseDuration(text: string): bigint | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (match === null) return text === '0' ? 0n : undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d*)\.?(\d*)(ns|us|µs|ms|s|m|h)/g)) {
    const size = UNITS[unit] ?? 0;
    total += BigInt(whole) * BigInt(size) + BigInt(Math.trunc(Number(`0.${fraction}`) * size));
  }
  return total > LONGEST ? undefined : match[1] === '-' ? -total : total;
}

/**
 * Nanoseconds since 1970 of a duration before `now`, an RFC 3339 time (its end may be left out; then it is local), or
 * seconds since 1970 with a fraction.
 * @param now milliseconds
 * @throws Error in Docker's words
 */
export function parseTime(name: string, text: string, now: number): bigint {
  const ago = parseDuration(text);
  if (ago !== undefined) return BigInt(now) * 1_000_000n - ago;
  const seconds = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (seconds !== null) return BigInt(seconds[1] ?? 0) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'));
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const [, day, hours = '00', minutes = '00', whole = '00', fraction = '', zone = ''] = match ?? [];
  const milliseconds = Date.parse(`${day}T${hours}:${minutes}:${whole}${zone}`);
  if (match === null || Number.isNaN(milliseconds)) {
    throw new Error(`invalid value for "${name}": failed to parse value as time or duration: ${JSON.stringify(text)}`);
  }
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
