/** The execs that run in a container now, as the kernel knows them. */
import { readKernelFile } from '../kernel/kernel-file.ts';
import { detectCgroups, listProcesses } from '../kernel/cgroup/index.ts';
import { isAlive, type Container } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { containerCgroup } from '../state/paths.ts';

/**
 * IDs of a container's execs. Nobody writes them down: the parent of an exec's program is its monitor, which has the ID among its words.
 * Empty where it doesn't run.
 */
export function runningExecs(container: Container): string[] {
  if (!isAlive(container.state)) return [];
  const inside = new Set(listProcesses(detectCgroups(), containerCgroup(container)));
  const parents = new Set([...inside].map(parentOf).filter((pid) => pid !== undefined && !inside.has(pid)));
  return [...parents].flatMap((pid) => execOf(readProc(pid ?? 0, 'cmdline'), container.id));
}

/** The fourth field of /proc/PID/stat; the name in the second may hold anything, but ends at the last parenthesis. */
function parentOf(pid: number): number | undefined {
  const stat = readProc(pid, 'stat');
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function execOf(commandLine: string, id: string): string[] {
  const [program, container, execId = ''] = commandLine.split('\0');
  return program === 'tsrun-monitor' && container === id && /^[0-9a-f]{64}$/.test(execId) ? [execId] : [];
}

/** Empty where the process has just ended. */
function readProc(pid: number, file: string): string {
  try {
    return readKernelFile(`/proc/${pid}/${file}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}
