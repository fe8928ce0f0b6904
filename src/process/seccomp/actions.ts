/** Words of `linux.seccomp` and what the kernel calls them: actions, comparisons and flags. */
import { TsrunError } from '../../model/errors.ts';
import type { SeccompConfig } from './types.ts';

export const RET_KILL_PROCESS = 0x80000000;
const RET_KILL_THREAD = 0x00000000;
const RET_TRAP = 0x00030000;
const RET_ERRNO = 0x00050000;
const RET_TRACE = 0x7ff00000;
const RET_LOG = 0x7ffc0000;
const RET_ALLOW = 0x7fff0000;

const EPERM = 1;
const ENOSYS = 38;
/** What a filter answers to calls that the kernel got after its profile was written. */
export const RET_ENOSYS: number = RET_ERRNO | ENOSYS;

const ACTIONS: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL: RET_KILL_THREAD,
  SCMP_ACT_KILL_THREAD: RET_KILL_THREAD,
  SCMP_ACT_KILL_PROCESS: RET_KILL_PROCESS,
  SCMP_ACT_TRAP: RET_TRAP,
  SCMP_ACT_ERRNO: RET_ERRNO,
  SCMP_ACT_TRACE: RET_TRACE,
  SCMP_ACT_LOG: RET_LOG,
  SCMP_ACT_ALLOW: RET_ALLOW,
};

/** An error about the profile, naming the field. */
export function profileError(field: string, problem: string): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', `seccomp profile: ${field}: ${problem}`, { call: 'seccomp', path: field });
}

/**
 * The kernel's return value for an action. ERRNO without a number is EPERM, as in runc.
 * Throws INVALID_ARGUMENT for an unknown one and UNSUPPORTED for NOTIFY, which needs an agent that listens.
 */
export function returnValue(action: string, errnoRet: number | undefined, field: string): number {
  if (action === 'SCMP_ACT_NOTIFY') {
    throw new TsrunError('UNSUPPORTED', `seccomp profile: ${field}: SCMP_ACT_NOTIFY is not supported`, {
      call: 'seccomp',
      path: field,
      hint: 'Use SCMP_ACT_ERRNO, or SCMP_ACT_TRACE with a tracer.',
    });
  }
  const value = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (value === undefined) throw profileError(field, `unknown action ${JSON.stringify(action)}`);
  if (value !== RET_ERRNO && value !== RET_TRACE) return value;
  const data = errnoRet ?? EPERM;
  if (!Number.isInteger(data) || data < 0 || data > 0xffff) throw profileError(field, `errno ${data} is not in 0-65535`);
  return value | data;
}

/** Whether calls that nobody named may run: then newer calls may, too. */
export function isPermissive(value: number): boolean {
  const action = (value & 0xffff0000) >>> 0;
  return action === RET_ALLOW || action === RET_LOG || action === RET_TRACE;
}

/** SECCOMP_FILTER_FLAG_* by name. */
const FLAGS: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
};

/**
 * Flags of the seccomp(2) call. Without any, SPEC_ALLOW, as runc does: the filter shall not slow down the program by
 * turning off speculation (that is the kernel's own default since 5.16).
 */
export function filterFlags(config: SeccompConfig): number {
  if (config.flags === undefined) return FLAGS['SECCOMP_FILTER_FLAG_SPEC_ALLOW'] as number;
  let flags = 0;
  for (const name of config.flags) {
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
    if (flag === undefined) throw profileError('flags', `${JSON.stringify(name)} is not supported`);
    flags |= flag;
  }
  return flags;
}

const ACTION_WORDS: ReadonlyMap<number, string> = new Map([
  [RET_KILL_PROCESS, 'kill the process'],
  [RET_KILL_THREAD, 'kill the thread'],
  [RET_TRAP, 'send SIGSYS'],
  [RET_ERRNO, 'fail with errno'],
  [RET_TRACE, 'ask the tracer'],
  [RET_LOG, 'allow and log'],
  [RET_ALLOW, 'allow'],
]);

/** A return value in words: `fail with errno 1`. */
export function describeReturn(value: number): string {
  const action = (value & 0xffff0000) >>> 0;
  const words = ACTION_WORDS.get(action) ?? `unknown action 0x${action.toString(16)}`;
  return action === RET_ERRNO ? `${words} ${value & 0xffff}` : words;
}
