/** Checks and parsers of single flag values, in Docker's words. */
import type { UlimitRequest } from '../../model/container.ts';
import { integer } from '../flags.ts';
import { parseSize } from '../../model/size.ts';

/** Bytes; `-1` is unlimited. @throws Error as `parseSize` */
export function parseMemorySwap(text: string): number {
  return text === '-1' ? -1 : parseSize(text);
}

/**
 * `--cpus`: a decimal or a fraction ("3/2"), down to a billionth.
 * @throws Error in Docker's words
 */
export function parseCpus(text: string): number {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?(?:\/(\d+))?$/.exec(text);
  const [, sign, mantissa = '', exponent, divisor] = match ?? [];
  const value = (Number(`${mantissa}e${exponent ?? '0'}`) / Number(divisor ?? 1)) * (sign === '-' ? -1 : 1);
  if (match === null || !Number.isFinite(value)) throw new Error(`failed to parse ${text} as a rational number`);
  const billionths = value * 1e9;
  if (Math.abs(billionths - Math.round(billionths)) > 1e-4) throw new Error('value is too precise');
  return Math.round(billionths) / 1e9;
}

/** Go's strconv.ParseUint with 16 bits. @throws Error in its words */
export function parseUint16(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) > 0xffff) throw new Error(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  return Number(text);
}

const STREAMS = ['stdin', 'stdout', 'stderr'] as const;

/** `-a`, in any case. @throws Error in Docker's words */
export function checkAttach(text: string): (typeof STREAMS)[number] {
  const found = STREAMS.find((stream) => stream === text.toLowerCase());
  if (found === undefined) throw new Error('valid streams are STDIN, STDOUT and STDERR');
  return found;
}

/** `--device-cgroup-rule 'c 1:3 rwm'`. @throws Error in Docker's words */
export function checkDeviceRule(text: string): void {
  if (!/^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/.test(text)) throw new Error(`invalid device cgroup format '${text}'`);
}

const SYSCTLS = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map((name) => `kernel.${name}`),
);

/** Only what a namespace of its own confines. @throws Error for any other */
export function checkSysctl(text: string): void {
  const [name, value] = text.split('=', 2);
  const known = name !== undefined && (SYSCTLS.has(name) || name.startsWith('net.') || name.startsWith('fs.mqueue.'));
  if (value === undefined || !known || name.includes('/') || name.includes('..')) throw new Error(`sysctl '${text}' is not allowed`);
}

const ULIMITS = new Set('core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '));

/**
 * `nofile=1024:2048`, `core=-1`: soft and hard limit; -1 is unlimited.
 * @throws Error in Docker's words
 */
export function parseUlimit(text: string): UlimitRequest {
  const at = text.indexOf('=');
  if (at < 0) throw new Error(`invalid ulimit argument: ${text}`);
  const name = text.slice(0, at);
  if (!ULIMITS.has(name)) throw new Error(`invalid ulimit type: ${name}`);
  const limits = text.slice(at + 1).split(':');
  if (limits.length > 2)
    throw new Error(`too many limit value arguments - ${text.slice(at + 1)}, can only have up to two, \`soft[:hard]\``);
  const soft = integer(limits[0] ?? '');
  const hard = limits[1] === undefined ? soft : integer(limits[1]);
  if (hard !== -1) {
    if (soft === -1) throw new Error(`ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: ${hard}`);
    if (soft > hard) throw new Error(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  }
  return { name, soft, hard };
}

/**
 * A check for `--disable-content-trust`: images are taken by digest and without signatures, so there is nothing to disable,
 * and nothing that could be enabled.
 * @throws Error when it is turned off
 */
export function checkContentTrust(value: string): void {
  if (/^(?:false|f|0)$/i.test(value)) throw new Error('content trust (signed images) is not supported');
}
