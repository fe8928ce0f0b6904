/** When a process began: with its number, what tells it from any other of this boot. */
import { readKernelFile } from './kernel-file.ts';
import { hasErrno } from '../model/errors.ts';

/** Clock ticks from the boot to the start of a process; undefined where there is none. proc_pid_stat(5), the 22nd field. */
export function startTimeOf(pid: number): number | undefined {
  try {
    return startTimeIn(readKernelFile(`/proc/${pid}/stat`));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** The name, in brackets, may hold brackets and blanks: so fields count from its end, where the third begins. */
export function startTimeIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3]);
}
