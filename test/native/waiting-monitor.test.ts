/** A monitor that has no plan yet, and what it makes of what it is given. */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { monitorExecutable, native } from '../../src/kernel/native.ts';
import { encodePlan } from '../../src/kernel/plan-encoding.ts';
import { until } from '../helpers/wait.ts';
import { findProcesses } from './processes.ts';
import { shell } from './run-plan.ts';
import { makeDirectory } from './small-root.ts';

const processesOf = (word: string): number[] => findProcesses((command) => command.startsWith(`tsrun-monitor\0${word}`));

test('a monitor that is never given a plan ends when who started it is gone', async (t) => {
  const word = makeDirectory(t);
  const control = native().spawnMonitor(monitorExecutable(), word, 'exec', undefined);
  await until('it waits', () => processesOf(`${word}\0exec\0`).length === 1);
  closeSync(control);
  await until('its end', () => processesOf(word).length === 0);
  const making = native().beginMonitor(monitorExecutable(), word, undefined, undefined);
  const { control: second, microseconds } = native().finishMonitor(making);
  t.true(microseconds > 0);
  await until('it waits, too', () => processesOf(word).length === 1);
  closeSync(second);
  await until('its end, too', () => processesOf(word).length === 0);
  t.throws(() => native().spawnMonitor(join(word, 'missing'), word, undefined, undefined), { code: 'ENOENT' });
  t.like(
    t.throws(() => native().finishMonitor(native().beginMonitor(join(word, 'missing'), word, undefined, undefined))),
    { code: 'ENOENT', syscall: 'open', path: join(word, 'missing') },
  );
});

test('what is no plan, or comes with other descriptors than it says, ends a monitor; more than a message takes are refused', async (t) => {
  const word = makeDirectory(t);
  const plan = encodePlan({
    plan: { before: [], clone: { flags: 0 }, child: [shell('true')] },
    handles: ['one'],
    monitor: { terminal: false, openStdin: false, stdinOnce: false },
  });
  for (const [bytes, handles] of [
    [new Uint8Array(8), []],
    [plan, []],
    [plan, [0, 0]],
  ] as const) {
    const control = native().spawnMonitor(monitorExecutable(), word, undefined, undefined);
    native().handOver(control, bytes, handles);
    t.deepEqual(native().awaitStarted(control), { type: 'lost' });
    closeSync(control);
    await until('its end', () => processesOf(word).length === 0);
  }
  const control = native().spawnMonitor(monitorExecutable(), word, undefined, undefined);
  const many = Array.from({ length: 250 }, () => 0);
  t.throws(() => native().handOver(control, plan, many), { code: 'E2BIG' });
  closeSync(control);
});
