/** A command that is killed at a place where it can be held (TSRUN_BREAK). */
import { readFileSync, readdirSync } from 'node:fs';
import type { TestEngine } from './engine.ts';
import { until } from './wait.ts';

/** Run `tsrun WORDS…` with a hold at `place`, and kill it there. @returns false when it went through: there is no such place. */
export async function killedAt(engine: TestEngine, place: string, words: readonly string[]): Promise<boolean> {
  const running = engine.start(words, { environment: { TSRUN_BREAK: place } });
  running.child.stdin?.end();
  let ended = false;
  void running.done.then(() => (ended = true));
  const held = await until(`${words.join(' ')} is held at ${place}`, () => (ended ? 'ended' : stoppedProcesses(engine, place)[0]));
  if (held === 'ended') return false;
  process.kill(held, 'SIGKILL');
  await running.done;
  return true;
}

/** The processes of this engine that stopped themselves. */
export function stoppedProcesses(engine: TestEngine, place: string): number[] {
  const found: number[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!environment.includes(`TSRUN_STATE=${engine.state}\0`) || !environment.includes(`TSRUN_BREAK=${place}\0`)) continue;
      if (/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) found.push(Number(pid));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
