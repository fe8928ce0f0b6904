/** Whether a process is on its way out, before its pidfd says that it is gone. */
import { readKernelFile } from './kernel-file.ts';
import { hasErrno } from '../model/errors.ts';

/** Of include/linux/sched.h: the task is in do_exit(). */
const PF_EXITING = 0x4n;
/** SIGKILL's place in the masks of /proc/PID/status. */
const SIGKILL_BIT = 1n << 8n;

/**
 * Whether a process is gone, is exiting, or has SIGKILL waiting for it. PID 1 of a PID namespace kills all others there first and
 * becomes a zombie only when they are gone, so whoever was killed by its end may look before its pidfd is readable.
 * proc_pid_stat(5), proc_pid_status(5).
 */
export function isEnding(pid: number): boolean {
  try {
    return isExiting(readKernelFile(`/proc/${pid}/stat`)) || isKilled(readKernelFile(`/proc/${pid}/status`));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return true;
    throw error;
  }
}

/** By a line of /proc/PID/stat: the name, in brackets, may hold brackets and blanks, so fields count from its end. */
export function isExiting(stat: string): boolean {
  const [state, , , , , , flags] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' || (BigInt(flags ?? 0) & PF_EXITING) !== 0n;
}

/** By the text of /proc/PID/status: for one thread, or for the process. */
export function isKilled(status: string): boolean {
  return [...status.matchAll(/^S(?:ig|hd)Pnd:\t([0-9a-f]+)$/gm)].some(([, mask]) => (BigInt(`0x${mask ?? '0'}`) & SIGKILL_BIT) !== 0n);
}
