/** The processes that outlive the commands of an engine: its supervisor, what compresses logs, and those that wait to start a container again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcesses } from '../native/processes.ts';
import type { Traces } from './leaks.ts';

/** The processes that supervise this engine. */
export const supervisors = (engine: Pick<Traces, 'state'>): number[] => called(engine, '__supervise');

/** Those that compress a file of a log of this engine. */
export const compressors = (engine: Pick<Traces, 'state'>): number[] => called(engine, '__compress');

function called({ state }: Pick<Traces, 'state'>, name: string): number[] {
  return findProcesses((command) => {
    const words = command.split('\0');
    return words.includes(name) && words.includes(state);
  });
}

/** The process that waits to start a container again. */
export function waiterOf({ state }: Pick<Traces, 'state'>, id: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(state, 'containers', id, 'waiter'), 'latin1'), 10);
    // Not what it becomes afterwards, nor another process that has its number by now.
    const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program.endsWith('tsrun-after') && words.includes(id) ? pid : undefined;
  } catch {
    return undefined;
  }
}
