/** The processes of a container, as the host's ps shows them. Source of the rules: moby, daemon/top_unix.go. */
import { spawnSync } from 'node:child_process';
import { recordContainerEvent } from '../container/events.ts';
import { currentState } from '../container/states.ts';
import { detectCgroups, listProcesses } from '../kernel/cgroup/index.ts';
import { isAlive, type Container } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { containerCgroup } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { notRunning } from './on-container.ts';

export interface ProcessTable {
  titles: string[];
  /** As many cells as there are titles; the last holds the rest of the line. */
  processes: string[][];
}

/**
 * @param options ps's own; none is `-ef`
 * @throws TsrunError CONFLICT where the container doesn't run; INVALID_ARGUMENT for options that ps refuses or that hide the PID
 */
export function listContainerProcesses(engine: Engine, container: Container, options: readonly string[]): ProcessTable {
  const { id } = container;
  const state = currentState(engine.paths, container);
  if (state.status === 'restarting')
    throw new TsrunError('CONFLICT', `Container ${id} is restarting, wait until the container is running`, { path: id });
  if (!isAlive(state)) throw notRunning(id);
  const words = options.length === 0 ? ['-ef'] : options;
  checkOptions(words);
  const pids = listProcesses(detectCgroups(), containerCgroup(container));
  if (pids.length === 0) throw notRunning(id);
  // Some options of ps can't be used together with -q.
  const narrow = runPs([...words, `-q${pids.join(',')}`]);
  const text = typeof narrow === 'string' ? narrow : runPs(words);
  if (typeof text !== 'string') throw new TsrunError('INVALID_ARGUMENT', `ps: ${text.problem}`, { call: `ps ${words.join(' ')}` });
  const table = parseProcessTable(text, new Set(pids));
  recordContainerEvent(engine.database(), container, 'top');
  return table;
}

/** A title of their own choice would hide which column is the PID. */
function checkOptions(words: readonly string[]): void {
  for (const word of words) {
    const match = /([^\s,=]*)=\s*(PID\S*)/.exec(word);
    if (match !== null && match[1] !== 'pid')
      throw new TsrunError('INVALID_ARGUMENT', `specifying "${match[1]}=${match[2]}" is not allowed`, { path: word });
  }
}

function runPs(words: readonly string[]): string | { problem: string } {
  const { error, status, stdout, stderr } = spawnSync('ps', words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (error !== undefined && hasErrno(error, 'ENOENT'))
    throw new TsrunError('UNSUPPORTED', 'the program ps is not on this host', { call: 'ps', hint: 'install procps' });
  if (error !== undefined) throw error;
  return status === 0 ? stdout : { problem: stderr.trim().split('\n', 1)[0] || `exit status ${status}` };
}

/** The lines of ps that are about `pids`. @throws TsrunError INVALID_ARGUMENT where they don't tell the PID */
export function parseProcessTable(text: string, pids: ReadonlySet<number>): ProcessTable {
  const [head = '', ...lines] = text.split('\n');
  const titles = head.split(/\s+/).filter((title) => title !== '');
  const pidAt = titles.indexOf('PID');
  if (pidAt === -1) throw new TsrunError('INVALID_ARGUMENT', "Couldn't find PID field in ps output");
  const processes: string[][] = [];
  let ours = false;
  for (const line of lines) {
    const cells = line.split(/\s+/).filter((cell) => cell !== '');
    if (cells.length === 0) continue;
    // `ps m`: a thread of the process above has no PID of its own.
    if (cells[pidAt] !== '-') ours = pids.has(Number(cells[pidAt]));
    if (!ours) continue;
    processes.push([...cells.slice(0, titles.length - 1), cells.slice(titles.length - 1).join(' ')]);
  }
  return { titles, processes };
}
