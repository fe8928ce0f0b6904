/** Health checks, and the supervisor that makes them: there while there is something to do, and never twice. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { supervisors } from '../helpers/duties.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

interface Health {
  Status: string;
  FailingStreak: number;
  Log: { Start: string; End: string; ExitCode: number; Output: string }[];
}

const healthOf = async (engine: TestEngine, name: string): Promise<Health> =>
  JSON.parse(await engine.ok('inspect', '-f', '{{json .State.Health}}', name)) as Health;

const CHECK = ['--health-cmd', 'cat /answer', '--health-interval', '100ms', '--health-retries', '2'];

rootTest('starting, unhealthy, healthy: in ps and inspect, with what the check said', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.deepEqual(supervisors(engine), []);
  const id = await engine.ok('run', '-d', '--name', 'web', ...CHECK, 'busybox', 'sleep', '1000');
  await until('it is unhealthy', async () => (await healthOf(engine, 'web')).Status === 'unhealthy');
  t.regex(await engine.ok('ps'), /Up .* \(unhealthy\)/);
  const { FailingStreak, Log } = await healthOf(engine, 'web');
  t.true(FailingStreak >= 2);
  t.like(Log[0], { ExitCode: 1, Output: "cat: can't open '/answer': No such file or directory\n" });
  await engine.ok('exec', 'web', 'sh', '-c', 'echo well > /answer');
  await until('it is healthy', async () => (await healthOf(engine, 'web')).Status === 'healthy');
  t.regex(await engine.ok('ps'), /Up .* \(healthy\)/);
  await until('five answers are kept', async () => (await healthOf(engine, 'web')).Log.at(0)?.Output === 'well\n');
  t.is((await healthOf(engine, 'web')).Log.length, 5);
  await until('one supervisor', () => supervisors(engine).length === 1);
  await engine.ok('stop', '-t', '0', 'web');
  await until('the supervisor is gone with its last duty', () => supervisors(engine).length === 0);
  t.false(existsSync(join(engine.state, 'health', id)));
  t.is((await healthOf(engine, 'web')).Status, 'unhealthy');
});

rootTest('a supervisor that is killed is started again by the next command, and there are never two', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await Promise.all(
    ['one', 'two', 'three'].map((name) =>
      engine.ok('run', '-d', '--name', name, ...CHECK, 'busybox', 'sh', '-c', 'touch /answer; sleep 1000'),
    ),
  );
  for (const name of ['one', 'two', 'three'])
    await until(`${name} is healthy`, async () => (await healthOf(engine, name)).Status === 'healthy');
  const theOne = async (): Promise<number> => {
    // It forks what checks its containers: for an instant that looks like it.
    const found = await until('one is left', () => [supervisors(engine)].find(({ length }) => length === 1));
    return found[0] ?? 0;
  };
  const first = await theOne();
  process.kill(first, 'SIGKILL');
  await until('it is dead', () => !supervisors(engine).includes(first));
  await Promise.all([engine.ok('ps'), engine.ok('ps'), engine.ok('ps')]);
  const before = (await healthOf(engine, 'two')).Log.at(-1)?.End;
  await until('checks go on', async () => (await healthOf(engine, 'two')).Log.at(-1)?.End !== before);
  t.not(await theOne(), first);
});

rootTest('a check that takes too long, and one that can’t be executed, are failures', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const run = (name: string, command: string, timeout: string): Promise<string> =>
    engine.ok(
      'run',
      '-d',
      '--name',
      name,
      '--health-cmd',
      command,
      '--health-interval',
      '50ms',
      '--health-timeout',
      timeout,
      'busybox',
      'sleep',
      '1000',
    );
  await run('slow', 'echo hanging; sleep 500', '200ms');
  // A second would be too little for it on a busy machine.
  await run('killed', 'kill -9 $$', '2m');
  await until(
    'both answered',
    async () => (await healthOf(engine, 'slow')).Log.length > 0 && (await healthOf(engine, 'killed')).Log.length > 0,
  );
  t.like((await healthOf(engine, 'slow')).Log[0], { ExitCode: -1, Output: 'Health check exceeded timeout (200ms)' });
  t.like((await healthOf(engine, 'killed')).Log[0], { ExitCode: 137 });
  // What took too long is gone.
  await engine.ok('pause', 'slow');
  const hanging = (await engine.ok('top', 'slow', '-eo', 'pid,ppid,args')).split('\n').filter((line) => line.includes('hanging'));
  const pids = hanging.map((line) => line.trim().split(/ +/));
  // A shell's child is called as it is until it executes its program.
  const shells = pids.filter(([, parent]) => !pids.some(([pid]) => pid === parent));
  t.true(shells.length <= 1, hanging.join('\n'));
  await engine.ok('unpause', 'slow');
});

rootTest('--no-healthcheck, and what can’t be', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'plain', '--no-healthcheck', 'busybox', 'sleep', '1000');
  t.is(await engine.ok('inspect', '-f', '{{json .Config.Healthcheck}}', 'plain'), '{"Test":["NONE"]}');
  t.deepEqual(supervisors(engine), []);
  const { code, stderr } = await engine.tsrun(['run', '--health-interval', 'soon', 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /invalid argument "soon" for "--health-interval" flag: time: invalid duration "soon"/);
});

rootTest('one that is starting is asked at the pace of its start period', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const times = ['--health-interval', '1h', '--health-start-period', '1h', '--health-start-interval', '100ms'];
  await engine.ok('run', '-d', '--name', 'web', '--health-cmd', 'true', ...times, 'busybox', 'sleep', '1000');
  await until('it is well', async () => (await engine.ok('inspect', '-f', '{{.State.Health.Status}}', 'web')) === 'healthy');
  t.regex(await engine.ok('inspect', '-f', '{{json .Config.Healthcheck}}', 'web'), /"StartInterval":100000000/);
});

/** TSRUN_TEST_CHECKS=500 ava --timeout=20m test/e2e/health.test.ts --match='*megabytes*' is what the supervisor is to hold. */
const CHECKS = Number(process.env['TSRUN_TEST_CHECKS'] ?? 4);
const MOST_BYTES = 60_000_000;

/** Bytes of a process's memory: its share of what several have, and all of it. None where it has ended. */
function memoryOf(pid: number): { proportional: number; resident: number } {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch {
    return { proportional: 0, resident: 0 };
  }
  const bytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024;
  return { proportional: bytes('Pss'), resident: bytes('Rss') };
}

rootTest(`the supervisor of ${CHECKS} checks takes less than sixty megabytes`, async (t) => {
  t.timeout(1_200_000);
  const engine = await startEngine(t, 'busybox');
  const flags = ['--network', 'none', '--health-cmd', 'true', '--health-interval', CHECKS < 10 ? '20ms' : '30s'];
  for (let index = 0; index < CHECKS; index++) await engine.ok('run', '-d', '--name', `box${index}`, ...flags, 'busybox', 'sleep', '10000');
  let most = 0;
  const isAsked = async (index: number): Promise<boolean> => {
    most = Math.max(most, ...supervisors(engine).map((pid) => memoryOf(pid).proportional));
    return (await healthOf(engine, `box${index}`)).Log.length === 5;
  };
  for (let index = 0; index < CHECKS; index++) await until('it was asked five times', () => isAsked(index), 600_000);
  // Node.js maps more while it starts.
  const resident = await until(
    'it let go of what it started with',
    () =>
      supervisors(engine)
        .map((pid) => memoryOf(pid).resident)
        .find((bytes) => bytes > 10_000_000 && bytes < MOST_BYTES),
    600_000,
  );
  t.log({ proportional: most, resident });
  t.true(most > 10_000_000 && most < MOST_BYTES, String(most));
});
