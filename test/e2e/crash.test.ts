/**
 * Killed at any instant, nothing is left: for every place where a run can be held (before each step, before each
 * operation of its plan) the command and the monitor are killed there, and the next command finds and removes what
 * they had made, while what was recorded is whole.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { findLeaks } from '../helpers/leaks.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

interface FoundProcess {
  pid: number;
  state: string;
  commandLine: string;
}

/** Processes of this engine: the command (by its environment) and monitors (by a container's ID). */
function processesOf(engine: TestEngine): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const state = /^State:\s+(?<letter>\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups?.['letter'] ?? '?';
        const ours = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TSRUN_STATE=${engine.state}\0`);
        const monitors = [...engine.ids].some((id) => commandLine.includes(id));
        return ours || monitors ? [{ pid: Number(pid), state, commandLine }] : [];
      } catch {
        return [];
      }
    });
}

/** Kill, without asking, the command and the monitor, and a child that is no container yet. */
function killAll(engine: TestEngine): void {
  for (const { pid } of processesOf(engine)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was quicker.
    }
  }
}

/** Run with a hold at `place`; when it stands there, kill everything. @returns false when the run went through: no such place. */
async function killedAt(engine: TestEngine, place: string): Promise<boolean> {
  const running = engine.start(['run', '--name', 'victim', 'busybox', 'true'], { environment: { TSRUN_BREAK: place } });
  running.child.stdin?.end();
  let ended = false;
  void running.done.then(() => (ended = true));
  try {
    let before = '';
    let since = Date.now();
    const held = await until(`the run is held at ${place}`, () => {
      if (ended) return 'ended';
      const found = processesOf(engine);
      // A step stops itself. At an operation of the plan all wait: the same processes, and none that could go on if only it got a CPU.
      if (found.some(({ state }) => state === 'T')) return 'held';
      const now = JSON.stringify(found);
      const waits = found.every(({ state }) => state === 'S') && found.some(({ commandLine }) => commandLine.startsWith('tsrun-monitor'));
      if (now !== before || !waits) [before, since] = [now, Date.now()];
      return Date.now() - since > 100 ? 'held' : undefined;
    });
    return held === 'held';
  } finally {
    killAll(engine);
    await running.done;
  }
}

/** After the next command: nothing is left but perhaps a whole container that never ran, which can be removed. */
async function nothingIsLeft(t: ExecutionContext, engine: TestEngine, place: string): Promise<void> {
  await until('all is dead', () => processesOf(engine).length === 0);
  const listed = await engine.tsrun(['ps', '-aq', '--no-trunc']);
  t.is(listed.code, 0, `${place}: ${listed.stderr}`);
  wholeRecords(t, engine, place);
  for (const id of listed.stdout.split('\n').filter(Boolean)) await engine.ok('rm', '-f', id);
  t.deepEqual(await findLeaks(engine), [], place);
}

function wholeRecords(t: ExecutionContext, engine: TestEngine, place: string): void {
  const database = new DatabaseSync(join(engine.root, 'tsrun.db'), { readOnly: true });
  try {
    t.is(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok', place);
    for (const row of database.prepare('SELECT config, state FROM containers').all()) {
      t.notThrows(() => JSON.parse(String(row['config'])) as unknown, place);
      t.not((JSON.parse(String(row['state'])) as { status: string }).status, 'running', place);
    }
    for (const table of ['leases', 'ports']) t.deepEqual(database.prepare(`SELECT * FROM ${table}`).all(), [], `${place}: ${table}`);
  } finally {
    database.close();
  }
}

rootTest('killed before each of the seven steps', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (let step = 1; step <= 7; step++) {
    const place = `step:${step}`;
    t.true(await killedAt(engine, place), `${place} holds`);
    await nothingIsLeft(t, engine, place);
  }
});

/** Several tests share a list's operations: each takes every so many. */
const SHARES = { before: 1, child: 3 };

for (const [list, shares] of Object.entries(SHARES)) {
  for (let share = 0; share < shares; share++) {
    rootTest(`killed before operations of the plan’s ${list} list (${share + 1} of ${shares})`, async (t) => {
      const engine = await startEngine(t, 'busybox');
      let index = share;
      for (; await killedAt(engine, `plan:${list}:${index}`); index += shares) await nothingIsLeft(t, engine, `plan:${list}:${index}`);
      t.true(index > share, 'some operation was held');
    });
  }
}

rootTest('the command is killed: the container runs on, and is there to be stopped', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const running = engine.start(['run', '--name', 'orphan', 'busybox', 'sleep', '1000']);
  await until('it runs', async () => (await engine.ok('ps', '-q')) !== '');
  running.child.kill('SIGKILL');
  for (const { pid, commandLine } of processesOf(engine)) if (commandLine.includes('tsrun.cjs')) process.kill(pid, 'SIGKILL');
  await running.done;
  t.regex(await engine.ok('ps'), /orphan/);
  await engine.ok('stop', '-t', '0', 'orphan');
});

rootTest('the monitor is killed: the container dies with it, and says so', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'victim', 'busybox', 'sleep', '1000');
  const monitor = processesOf(engine).find(({ commandLine }) => commandLine.startsWith('tsrun-monitor'));
  if (monitor === undefined) throw new Error('no monitor');
  process.kill(monitor.pid, 'SIGKILL');
  await until('it is known to be dead', async () => (await engine.ok('ps', '-q')) === '');
  t.regex(await engine.ok('ps', '-a'), /Exited \(137\)/);
});

rootTest('a load that is killed leaves no half image', async (t) => {
  const engine = await startEngine(t);
  const { fixture } = await import('../../rootfs-fixtures/fixtures.ts');
  for (const delay of [40, 80, 120, 160]) {
    const running = engine.start(['load', '-i', fixture('busybox')]);
    running.child.stdin?.end();
    await new Promise((resolve) => setTimeout(resolve, delay));
    killAll(engine);
    await running.done;
    const images = await engine.ok('images', '-q');
    if (images !== '') t.is((await engine.tsrun(['run', '--rm', 'busybox', 'true'])).code, 0, `killed after ${delay} ms`);
    t.deepEqual(await findLeaks(engine), [], `killed after ${delay} ms`);
  }
  await engine.ok('load', '-q', '-i', fixture('busybox'));
  t.is((await engine.tsrun(['run', '--rm', 'busybox', 'true'])).code, 0);
});
