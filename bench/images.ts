/** Images on their way: pulled from a registry on this machine, loaded, saved; and how much memory that takes. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engines.ts';
import { layeredVariants } from './layered.ts';
import { inTurns, type Row, run, time, type Words } from './measure.ts';
import { startRegistry } from './registry.ts';
import { debianVariants } from './unpack.ts';

/** Each engine takes every image once: nothing of it is there, and nothing is removed in between. */
const ROUNDS = 3;

export async function measureImages(engines: readonly Engine[], tools: string, add: (row: Row) => void): Promise<void> {
  const debian = debianVariants(join(tools, 'debian'), ROUNDS + 1);
  const load = (engine: Engine, archive: string): Words | undefined => engine.load?.(archive);
  add({ what: '`load` of Debian (minbase)', unit: 'ms', figures: eachOnce(engines, debian, load) });

  const target = join(tools, 'saved.tar');
  const save = (engine: Engine): Words | undefined => engine.save?.('debian:variant-0', target);
  const saved = engines.flatMap((engine): [string, () => number][] => {
    const words = save(engine);
    if (words === undefined) return [];
    const saveOnce = (): number => {
      rmSync(target, { force: true });
      return time(words);
    };
    return [[engine.name, saveOnce]];
  });
  add({ what: '`save` of Debian', unit: 'ms', figures: inTurns(Object.fromEntries(saved), ROUNDS) });
  rmSync(target, { force: true });

  const registry = startRegistry(join(tools, 'registry'));
  if (registry === undefined) {
    console.error('pull: left out (docker-registry and skopeo are not installed)');
    return;
  }
  try {
    const layered = layeredVariants(join(tools, 'layered'), ROUNDS + 1);
    const pushed = (archives: readonly string[], name: string): string[] =>
      archives.map((archive, index) => {
        registry.push(archive, `${name}:${index}`);
        return `${registry.host}/${name}:${index}`;
      });
    const pull = (engine: Engine, reference: string): Words | undefined => engine.pull?.(reference);
    // Others than those that were loaded: what is in a store is not pulled again.
    const fresh = pushed(debianVariants(join(tools, 'fresh'), 2 * ROUNDS + 2, ROUNDS + 1), 'debian');
    add({ what: '`pull` of Debian', unit: 'ms', figures: eachOnce(engines, fresh.slice(0, ROUNDS + 1), pull) });
    add({ what: '`pull` of Debian in 12 layers', unit: 'ms', figures: eachOnce(engines, pushed(layered, 'layered'), pull) });
    add({ what: '`push` of Debian', unit: 'ms', figures: pushEachOnce(engines, registry.host) });
    const [ours] = engines;
    const words = ours?.name === 'tsrun' ? ours.pull?.(fresh.at(-1) ?? '') : undefined;
    if (words !== undefined) add({ what: 'memory while it pulls Debian', unit: 'kB', figures: { tsrun: await peakMemory(words) } });
  } finally {
    registry.stop();
  }
}

/** The median time of the words that each engine has for each input, in turns; the first of them doesn't count. */
function eachOnce(
  engines: readonly Engine[],
  inputs: readonly string[],
  words: (engine: Engine, input: string) => Words | undefined,
): Record<string, number> {
  const next = new Map<string, number>();
  const contenders = engines.flatMap((engine): [string, () => number][] => {
    if (words(engine, '') === undefined) return [];
    const once = (): number => {
      const index = next.get(engine.name) ?? 0;
      next.set(engine.name, index + 1);
      return time(words(engine, inputs[index] ?? '') ?? ['false']);
    };
    return [[engine.name, once]];
  });
  return inTurns(Object.fromEntries(contenders), inputs.length - 1);
}

/** The median time of a push of each of the images that were loaded, to a repository that has nothing of it; the first doesn't count. */
function pushEachOnce(engines: readonly Engine[], host: string): Record<string, number> {
  const contenders = engines.flatMap(({ name, tag, push }): [string, () => number][] => {
    if (tag === undefined || push === undefined) return [];
    let index = 0;
    const once = (): number => {
      const reference = `${host}/pushed-by-${name}:${index}`;
      run(tag(`debian:variant-${index++}`, reference));
      return time(push(reference));
    };
    return [[name, once]];
  });
  return inTurns(Object.fromEntries(contenders), ROUNDS);
}

/** Kilobytes: the most that a program's process had resident at a time. @throws Error when it fails */
export async function peakMemory([program, ...words]: Words): Promise<number> {
  const child = spawn(program, words, { stdio: 'ignore' });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, residentPeak(child.pid ?? 0));
  }, 5);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${program} ${words.join(' ')}: exit ${code}`);
  return peak;
}

function residentPeak(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
