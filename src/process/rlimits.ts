/** `process.rlimits` as operations. */
import * as constants from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import type { OciRlimit } from '../oci-spec/runtime.ts';

/** The kernel's numbers by the names of config.json. */
const RLIMIT_NUMBERS: Readonly<Record<string, number>> = {
  RLIMIT_CPU: constants.RLIMIT_CPU,
  RLIMIT_FSIZE: constants.RLIMIT_FSIZE,
  RLIMIT_DATA: constants.RLIMIT_DATA,
  RLIMIT_STACK: constants.RLIMIT_STACK,
  RLIMIT_CORE: constants.RLIMIT_CORE,
  RLIMIT_RSS: constants.RLIMIT_RSS,
  RLIMIT_NPROC: constants.RLIMIT_NPROC,
  RLIMIT_NOFILE: constants.RLIMIT_NOFILE,
  RLIMIT_MEMLOCK: constants.RLIMIT_MEMLOCK,
  RLIMIT_AS: constants.RLIMIT_AS,
  RLIMIT_LOCKS: constants.RLIMIT_LOCKS,
  RLIMIT_SIGPENDING: constants.RLIMIT_SIGPENDING,
  RLIMIT_MSGQUEUE: constants.RLIMIT_MSGQUEUE,
  RLIMIT_NICE: constants.RLIMIT_NICE,
  RLIMIT_RTPRIO: constants.RLIMIT_RTPRIO,
  RLIMIT_RTTIME: constants.RLIMIT_RTTIME,
};

/** The name of a limit's number, e.g. RLIMIT_NOFILE. */
export function rlimitName(resource: number): string {
  return Object.entries(RLIMIT_NUMBERS).find(([, number]) => number === resource)?.[0] ?? `RLIMIT_${resource}`;
}

/** One setRlimit for each. Throws INVALID_ARGUMENT for an unknown or repeated name, or a soft limit above the hard one. */
export function rlimitOperations(rlimits: readonly OciRlimit[]): PlanOperation[] {
  const seen = new Set<string>();
  return rlimits.map(({ type, soft, hard }, index) => {
    const at = `process.rlimits[${index}]`;
    const resource = Object.hasOwn(RLIMIT_NUMBERS, type) ? RLIMIT_NUMBERS[type] : undefined;
    if (resource === undefined) throw new TsrunError('INVALID_ARGUMENT', `${at}.type: ${JSON.stringify(type)} is no limit of Linux`);
    if (seen.has(type)) throw new TsrunError('INVALID_ARGUMENT', `${at}.type: ${type} is given twice`);
    seen.add(type);
    const operation = { op: 'setRlimit', resource, soft: limitValue(soft), hard: limitValue(hard) } as const;
    if (operation.soft > operation.hard) throw new TsrunError('INVALID_ARGUMENT', `${at}: soft limit ${soft} is above hard limit ${hard}`);
    return operation;
  });
}

/** What every container has where nothing else was asked for, whatever the caller's shell is limited to: see docs/decisions/limits-of-the-caller.md. */
const DEFAULTS: readonly (readonly [type: string, value: bigint])[] = [
  ['RLIMIT_NOFILE', 1_048_576n],
  ['RLIMIT_NPROC', constants.RLIM_INFINITY],
];

/** One defaultRlimit for each of the two that `rlimits` don't name. */
export function defaultRlimitOperations(rlimits: readonly OciRlimit[]): PlanOperation[] {
  return DEFAULTS.flatMap(([type, value]): PlanOperation[] => {
    const resource = RLIMIT_NUMBERS[type];
    if (resource === undefined || rlimits.some((each) => each.type === type)) return [];
    return [{ op: 'defaultRlimit', resource, value }];
  });
}

/** A JSON number as the kernel's 64 bits: 2^64 - 1 (RLIM_INFINITY) is 2^64 as a double. */
function limitValue(value: number): bigint {
  return value >= 2 ** 64 ? constants.RLIM_INFINITY : BigInt(value);
}
