/** The monitor around a container: its life, its records, its end. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k from '../../src/kernel/constants.ts';
import { native } from '../../src/kernel/native.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { findProcesses } from './processes.ts';
import { finishPlan, runPlan, shell, spawnPlan, startPlan, streams } from './run-plan.ts';
import { inRoot, makeDirectory, makeRoot, mountProc } from './small-root.ts';

const { SIGTERM } = constants.signals;

interface StartedRecord {
  pid: number;
  startTime: number;
  monitorPid: number;
  startedAt: string;
}

const readJson = (directory: string, name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
const startedRecord = (directory: string): StartedRecord => readJson(directory, 'started.json') as StartedRecord;
/** Not one that ended and isn't reaped yet. One that just becomes another program has no command line, but lives. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/;

rootTest('the records say what runs, and how it ended', (t) => {
  const started = startPlan({ plan: { child: [streams, shell('exit 42')] } });
  if (started.report.type !== 'started') return t.fail();
  const record = startedRecord(started.directory);
  t.like(record, { pid: started.report.pid, startTime: Number(started.report.startTime) });
  t.regex(record.startedAt, TIME);
  t.deepEqual(finishPlan(t, started).result, { type: 'exited', status: 42, oomKilled: false });
  const exit = readJson(started.directory, 'exit.json') as { finishedAt: string };
  t.like(exit, { status: 42, signal: 0, oomKilled: false });
  t.regex(exit.finishedAt, TIME);
  t.deepEqual(
    readdirSync(started.directory).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

rootTest('a program killed by a signal ends with 128 and the signal', (t) => {
  const started = startPlan({ plan: { child: [streams, shell('kill -KILL $$')] } });
  t.deepEqual(finishPlan(t, started).result, { type: 'exited', status: 137, oomKilled: false });
  t.like(readJson(started.directory, 'exit.json'), { status: 137, signal: 9 });
});

rootTest('an out-of-memory kill is read from what the cgroup counted', (t) => {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, 'v2'), 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n');
  writeFileSync(join(directory, 'v1'), 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n');
  const run = (name: string): unknown =>
    runPlan(t, { plan: { child: [streams, shell('true')] }, monitor: { oomPath: join(directory, name) } }).result;
  t.deepEqual(run('v2'), { type: 'exited', status: 0, oomKilled: true });
  t.deepEqual(run('v1'), { type: 'exited', status: 0, oomKilled: false });
  t.deepEqual(run('missing'), { type: 'exited', status: 0, oomKilled: false });
});

rootTest('the timings tell how long every operation took', (t) => {
  const { report, control } = startPlan({
    plan: { before: [{ op: 'openPidfd', pid: process.pid, slot: 'p' }], child: [streams, { op: 'newSession' }, shell('true')] },
  });
  closeSync(control);
  if (report.type !== 'started') return t.fail();
  const { before, child } = report.timings;
  t.deepEqual([before.length, child.length], [1, 3]);
  t.deepEqual(
    child,
    child.toSorted((a, b) => a - b),
  );
});

rootTest('killing the monitor kills PID 1 and all with it', async (t) => {
  const started = startPlan(inRoot(makeRoot(t), mountProc, streams, shell('sleep 100 & sleep 100')));
  if (started.report.type !== 'started') return t.fail();
  const { pid } = started.report;
  process.kill(startedRecord(started.directory).monitorPid, 'SIGKILL');
  t.deepEqual(native().awaitExit(started.control, 60_000), { type: 'lost' });
  await until('the end of PID 1', () => !isAlive(pid));
  t.pass();
});

rootTest('killing the monitor kills a child that is still on its way', async (t) => {
  const directory = makeDirectory(t);
  const control = spawnPlan(
    {
      plan: { child: [{ op: 'parentDeathSignal', signal: 9 }, streams, shell('sleep 100')] },
      breakAt: { list: 'child', index: 1 },
      id: directory,
    },
    directory,
  );
  const [monitor, child] = await until('both', () => {
    const found = processesOf(directory);
    return found.length === 2 && found;
  });
  process.kill(monitor ?? 0, 'SIGKILL');
  await until('the end of the child', () => !isAlive(child ?? 0));
  t.deepEqual(native().awaitStarted(control), { type: 'lost' });
});

rootTest('a plan waits at its break point until it is released', async (t) => {
  for (const list of ['before', 'child'] as const) {
    const directory = makeDirectory(t);
    const plan = { before: [{ op: 'openPidfd', pid: process.pid, slot: 'p' } as const], child: [streams, shell('echo released')] };
    const control = spawnPlan({ plan, breakAt: { list, index: 0 } }, directory);
    await sleep(100);
    t.false(existsSync(join(directory, 'started.json')));
    native().releaseBreak(control);
    const started = { control, report: native().awaitStarted(control), directory };
    t.is(finishPlan(t, started).stdout, 'released\n');
  }
});

rootTest('what waits at a break point ends with the client that could release it', async (t) => {
  for (const list of ['before', 'child'] as const) {
    const directory = makeDirectory(t);
    const plan = { before: [{ op: 'openPidfd', pid: process.pid, slot: 'p' } as const], child: [streams, shell('echo released')] };
    const control = spawnPlan({ plan, breakAt: { list, index: 0 }, id: directory }, directory);
    await until('it waits', () => processesOf(directory).length === (list === 'before' ? 1 : 2));
    closeSync(control);
    await until('its end', () => processesOf(directory).length === 0);
    t.false(existsSync(join(directory, 'started.json')));
  }
});

const processesOf = (word: string): number[] => findProcesses((command) => command.startsWith(`tsrun-monitor\0${word}`));

rootTest('a container goes on when the command that started it is gone, and is reclaimed at its end', async (t) => {
  const directory = makeDirectory(t);
  const reclaim = ['/bin/busybox', 'touch', join(directory, 'reclaimed')];
  const plan = { child: [streams, shell(`sleep 0.3; echo late; exit 5`)] };
  closeSync(spawnPlan({ plan, monitor: { reclaim, logPath: join(directory, 'log') } }, directory));
  await until('the reclaimer', () => existsSync(join(directory, 'reclaimed')));
  t.like(readJson(directory, 'exit.json'), { status: 5 });
  t.regex(readFileSync(join(directory, 'log'), 'utf8'), /^\{"log":"late\\n"/);
});

rootTest('the reclaimer is not called where a client claimed that, and finds the lock free where it is', async (t) => {
  const directory = makeDirectory(t);
  const lockPath = join(directory, 'lock');
  const lock = openSync(lockPath, 'w');
  native().flock(lock, k.LOCK_EX);
  const reclaim = ['/bin/busybox', 'sh', '-c', `flock -n ${lockPath} true && echo free > ${directory}/reclaimed`];
  const mayEnd = join(directory, 'may-end');
  const waits = shell(`until [ -e ${mayEnd} ]; do sleep 0.02; done`);
  const started = startPlan({ plan: { child: [streams, waits] }, handles: { lock }, monitor: { reclaim } });
  closeSync(lock);
  const look = openSync(lockPath, 'r');
  t.false(native().flock(look, k.LOCK_EX | k.LOCK_NB), 'the monitor holds it');
  writeFileSync(mayEnd, '');
  const attach = { stdin: -1, stdout: -1, stderr: -1, terminal: false, detachKeys: new Uint8Array(), signalProxy: false };
  native().attach({ control: started.control, ...attach, claimCleanup: true });
  await until('it is gone', () => native().flock(look, k.LOCK_EX | k.LOCK_NB));
  t.false(existsSync(join(directory, 'reclaimed')));
  native().flock(look, k.LOCK_UN);

  const other = openSync(lockPath, 'w');
  native().flock(other, k.LOCK_EX);
  const second = startPlan({ plan: { child: [streams, shell('sleep 0.1')] }, handles: { lock: other }, monitor: { reclaim } });
  closeSync(other);
  closeSync(second.control);
  t.is(
    await until('the reclaimer', () => existsSync(join(directory, 'reclaimed')) && readFileSync(join(directory, 'reclaimed'), 'utf8')),
    'free\n',
  );
});

rootTest('one that joins later may claim that too, and gives it back by leaving', async (t) => {
  for (const leaves of [false, true]) {
    const directory = makeDirectory(t);
    const [socketPath, reclaimed] = [join(directory, 'monitor.sock'), join(directory, 'reclaimed')];
    const reclaim = ['/bin/busybox', 'touch', reclaimed];
    const { control, report } = startPlan({ plan: { child: [streams, shell('exec sleep 1000')] }, monitor: { reclaim, socketPath } });
    if (report.type !== 'started') return t.fail(report.type);
    closeSync(control);
    const late = native().connectMonitor(socketPath);
    t.true(native().claimCleanup(late));
    t.false(native().awaitMonitorEnd(late, 0), 'it is still there');
    if (leaves) closeSync(late);
    process.kill(report.pid, 'SIGKILL');
    if (leaves) {
      await until('the reclaimer', () => existsSync(reclaimed));
    } else {
      t.true(native().awaitMonitorEnd(late, 60_000));
      t.false(native().claimCleanup(late), 'nobody is there to hear it');
      closeSync(late);
      t.false(existsSync(reclaimed));
    }
  }
});

rootTest('a failed start leaves no record and no process', async (t) => {
  const directory = makeDirectory(t);
  const control = spawnPlan(
    { plan: { child: [{ op: 'changeDirectory', path: '/nowhere', create: false }, shell('true')] }, id: directory },
    directory,
  );
  t.like(native().awaitStarted(control), { type: 'failed', index: 0, errno: 2 });
  await until('the end of the monitor', () => processesOf(directory).length === 0);
  t.deepEqual(readdirSync(directory), []);
});

rootTest('clients find the monitor at its socket, however long the path is', (t) => {
  const socketPath = join(makeDirectory(t), 'd'.repeat(100), 'monitor.sock');
  mkdirSync(join(socketPath, '..'));
  const { control } = startPlan({
    plan: { child: [streams, shell('trap "exit 3" TERM; while true; do sleep 0.02; done')] },
    monitor: { socketPath },
  });
  closeSync(control);
  t.is(statSync(socketPath).mode & 0o777, 0o600);
  const [one, two] = [native().connectMonitor(socketPath), native().connectMonitor(socketPath)];
  t.is(native().awaitExit(two, 30), undefined);
  native().resizeTerminal(one, 10, 20);
  t.throws(() => native().signalContainer(one, 999), { code: 'EINVAL' });
  native().signalContainer(one, SIGTERM);
  for (const client of [one, two]) t.like(native().awaitExit(client, 60_000), { type: 'exited' });
  t.throws(() => native().signalContainer(one, SIGTERM), { code: 'ESRCH' });
});

rootTest('a process that outlives the program does not keep its end from being told', async (t) => {
  const started = startPlan({ plan: { child: [streams, shell('sleep 1000 & echo $!')] } });
  const pid = Number(finishPlan(t, started).stdout);
  t.true(isAlive(pid));
  process.kill(pid, 'SIGKILL');
});

rootTest('a running monitor takes little memory', async (t) => {
  const started = startPlan({ plan: { child: [streams, shell('sleep 100')] }, monitor: { logPath: join(makeDirectory(t), 'log') } });
  closeSync(started.control);
  await sleep(50);
  const { monitorPid, pid } = startedRecord(started.directory);
  const rollup = readFileSync(`/proc/${monitorPid}/smaps_rollup`, 'utf8');
  const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
  t.log(`${kilobytes} KB proportional, ${/^Rss:\s+(\d+)/m.exec(rollup)?.[1]} KB resident`);
  process.kill(pid, 'SIGKILL');
  // Some 96. How many pages of its file are mapped around those it needs is the kernel's affair.
  t.true(kilobytes < 150);
});

rootTest('a plan without an executable monitor fails like a call of Node', (t) => {
  const error = t.throws(() => spawnPlan({ plan: { child: [shell('true')] }, executable: '/nowhere/monitor' }, makeDirectory(t)));
  t.like(error, { code: 'ENOENT', syscall: 'open', path: '/nowhere/monitor' });
});
