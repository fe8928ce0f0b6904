/** What a running container costs beside its own program: proportional memory of whatever watches over it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Engine } from './engines.ts';
import { run } from './measure.ts';

const CONTAINERS = 5;

/** Kilobytes a container: the mean proportional set size of the engine's monitors while some containers sleep. */
export function monitorMemory(engine: Engine): number | undefined {
  const { start, remove, monitor } = engine;
  if (start === undefined || remove === undefined || monitor === undefined) return undefined;
  const before = new Set(pidsOf(monitor));
  const names = Array.from({ length: CONTAINERS }, (_, index) => `memory-${index}`);
  for (const name of names) run(start(name));
  try {
    const monitors = pidsOf(monitor).filter((pid) => !before.has(pid));
    return monitors.reduce((sum, pid) => sum + proportionalSize(pid), 0) / CONTAINERS;
  } finally {
    run(remove(...names));
  }
}

function pidsOf(program: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const [command = ''] = read(`/proc/${name}/cmdline`).split('\0');
    return command.split('/').at(-1)?.startsWith(program) ?? false;
  });
}

/** Kilobytes. */
function proportionalSize(pid: string): number {
  return Number(/^Pss:\s+(?<kilobytes>\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.groups?.['kilobytes'] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
