/** Who has the terminal of a shell. */
import { readFileSync } from 'node:fs';

/**
 * Whether a job has its terminal, so that keys go to that job and not to the shell. What a job prints, or the shell of it, may be seen before.
 * @param pid the shell's, as the host sees it; proc_pid_stat(5), its group and the terminal's, fields 5 and 8
 */
export function hasForegroundJob(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[5 - 3] !== fields[8 - 3];
}
