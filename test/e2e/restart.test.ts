/** Restart policies: who starts a container again, who stops that, and what is left when it is killed. */
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { waiterOf } from '../helpers/duties.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

async function look(engine: TestEngine, name: string): Promise<{ count: number; status: string; exitCode: number; error: string }> {
  const [found] = JSON.parse(await engine.ok('inspect', name)) as [
    { RestartCount: number; State: { Status: string; ExitCode: number; Error: string } },
  ];
  return { count: found.RestartCount, status: found.State.Status, exitCode: found.State.ExitCode, error: found.State.Error };
}

/** Stop the clock of the process that waits to start a container again, so that nothing happens by itself while we look. @returns its pid */
function holdWaiter(engine: TestEngine, id: string): number | undefined {
  const pid = waiterOf(engine, id);
  if (pid === undefined) return undefined;
  try {
    process.kill(pid, 'SIGSTOP');
    if (waiterOf(engine, id) === pid) return pid;
    process.kill(pid, 'SIGCONT');
  } catch {
    // It ended meanwhile.
  }
  return undefined;
}

rootTest('on-failure:2 starts it twice again, and then says how it ended', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'failing', '--restart', 'on-failure:2', 'busybox', 'sh', '-c', 'echo life; exit 4');
  await until('it gave up', async () => (await look(engine, 'failing')).status === 'exited');
  t.deepEqual(await look(engine, 'failing'), { count: 2, status: 'exited', exitCode: 4, error: '' });
  t.is(await engine.ok('logs', 'failing'), 'life\nlife\nlife');
  const actions = await engine.ok('inspect', '-f', '{{json .HostConfig.RestartPolicy}}', 'failing');
  t.is(actions, '{"Name":"on-failure","MaximumRetryCount":2}');
  // A user's start begins anew.
  await engine.ok('start', 'failing');
  await until('it gave up again', async () => (await look(engine, 'failing')).status === 'exited');
  t.is((await look(engine, 'failing')).count, 2);
});

rootTest('one that waits is shown so, and stop, rm -f and kill end the wait', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const words of [
    ['stop', 'again'],
    ['kill', 'again'],
    ['rm', '-f', 'again'],
  ]) {
    const id = await engine.ok('run', '-d', '--name', 'again', '--restart', 'always', 'busybox', 'false');
    await until('it waits', () => holdWaiter(engine, id));
    t.regex(await engine.ok('ps'), /Restarting \(1\) /);
    const refused = await engine.tsrun(['rm', 'again']);
    t.regex(refused.stderr, /You cannot remove a restarting container/);
    await engine.ok(...words);
    if (words[0] === 'rm') continue;
    t.is((await look(engine, 'again')).status, 'exited');
    await engine.ok('rm', 'again');
  }
});

rootTest('a wait whose process is killed is begun again by the next command', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'again', '--restart', 'always', 'busybox', 'false');
  const waiter = await until('it waits', () => holdWaiter(engine, id));
  process.kill(waiter, 'SIGKILL');
  const { count } = await look(engine, 'again');
  await until('another waits, or it ran', async () => {
    const next = waiterOf(engine, id);
    return (next !== undefined && next !== waiter) || (await look(engine, 'again')).count > count;
  });
  await until('it goes on', async () => (await look(engine, 'again')).count > count);
  t.pass();
});

rootTest('a monitor that is killed is an end like others: the policy starts it again', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'web', '--restart', 'unless-stopped', 'busybox', 'sleep', '1000');
  const { monitorPid } = JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as { monitorPid: number };
  process.kill(monitorPid, 'SIGKILL');
  await until('it runs again', async () => {
    const { count, status } = await look(engine, 'web');
    return count === 1 && status === 'running';
  });
  // A user's kill is no crash.
  await engine.ok('kill', 'web');
  t.is((await look(engine, 'web')).status, 'exited');
});

rootTest('after down, or a boot, restore starts what its policy says', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const policy of ['no', 'always', 'unless-stopped'])
    await engine.ok('run', '-d', '--name', `was-${policy}`, '--restart', policy, 'busybox', 'sleep', '1000');
  await engine.ok('run', '-d', '--name', 'stopped', '--restart', 'unless-stopped', 'busybox', 'sleep', '1000');
  await engine.ok('create', '--name', 'never', '--restart', 'always', 'busybox', 'sleep', '1000');
  await engine.ok('stop', '-t', '0', 'stopped');
  await engine.ok('down', '-t', '0');
  t.is(await engine.ok('ps', '-q'), '');
  t.is(await engine.ok('restore'), 'was-always\nwas-unless-stopped');
  t.is((await engine.ok('ps', '-q')).split('\n').length, 2);
  t.is(await engine.ok('restore'), '');
});

rootTest('one that can’t be restored is told by its name, and the others are started', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const source = join(engine.directory, 'source');
  mkdirSync(source);
  for (const [name, ...flags] of [['lost', '--mount', `type=bind,source=${source},target=/data`], ['well']] as const)
    await engine.ok('run', '-d', '--name', name, '--restart', 'always', ...flags, 'busybox', 'sleep', '1000');
  await engine.ok('down', '-t', '0');
  rmdirSync(source);
  const { code, stdout, stderr } = await engine.tsrun(['restore']);
  t.deepEqual([code, stdout], [1, 'well\n']);
  t.regex(stderr, /^tsrun: lost: .*source/);
  t.notRegex(stderr, /bug/);
});

rootTest('one with --rm is kept when its user restarts it, with what it wrote, and goes at its end', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--rm', '--name', 'box', 'busybox', 'sh', '-c', 'echo life >>/lives; exec sleep 1000');
  for (const lives of ['life\nlife', 'life\nlife\nlife']) {
    t.is(await engine.ok('restart', '-t', '0', 'box'), 'box');
    t.deepEqual(await look(engine, 'box'), { count: 0, status: 'running', exitCode: 0, error: '' });
    t.is(await engine.ok('inspect', '-f', '{{.Id}}', 'box'), id);
    await until('it wrote', async () => (await engine.ok('exec', 'box', 'cat', '/lives')) === lives);
  }
  await engine.ok('stop', '-t', '0', 'box');
  t.is(await engine.ok('ps', '-aq'), '');
});

rootTest('one with --rm that can’t be started again is said to be, and gone', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const source = join(engine.directory, 'source');
  mkdirSync(source);
  await engine.ok('run', '-d', '--rm', '--name', 'box', '--mount', `type=bind,source=${source},target=/data`, 'busybox', 'sleep', '1000');
  rmdirSync(source);
  const { code, stderr } = await engine.tsrun(['restart', '-t', '0', 'box']);
  t.is(code, 1);
  t.regex(stderr, /bind source path does not exist: /);
  t.is(await engine.ok('ps', '-aq'), '');
});

rootTest('one with --rm whose restart is killed between its lives is removed by the next command', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--rm', '--name', 'box', 'busybox', 'sleep', '1000');
  const client = engine.start(['restart', '-t', '0', 'box'], { environment: { TSRUN_BREAK: 'plan:child:5' } });
  await until('it stands between its lives', async () => (await look(engine, 'box')).status === 'restarting');
  client.child.kill('SIGKILL');
  await client.done;
  t.is(await engine.ok('ps', '-aq'), '');
});

rootTest('one in the foreground of a run --rm, too', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const client = engine.start(['run', '--rm', '--name', 'box', 'busybox', 'sleep', '1000']);
  await until('it runs', async () => (await engine.ok('ps', '-q')) !== '');
  await engine.ok('restart', '-t', '0', 'box');
  t.is((await client.done).code, 137);
  t.is((await look(engine, 'box')).status, 'running');
  await engine.ok('stop', '-t', '0', 'box');
  t.is(await engine.ok('ps', '-aq'), '');
});

rootTest('down asks all to stop before it waits for one', async (t) => {
  const engine = await startEngine(t, 'busybox');
  // Each ends when the other was asked, too.
  const script = (mine: string, other: string): string =>
    `trap "touch /marks/${mine}; while ! test -e /marks/${other}; do sleep 0.05; done; exit 5" TERM; echo ready; while :; do sleep 0.05; done`;
  for (const [mine, other] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    await engine.ok('run', '-d', '--name', mine, '--stop-timeout', '60', '-v', 'marks:/marks', 'busybox', 'sh', '-c', script(mine, other));
    await until('its trap is set', async () => (await engine.ok('logs', mine)).includes('ready'));
  }
  t.is(await engine.ok('down'), 'two\none');
  t.deepEqual([(await look(engine, 'one')).exitCode, (await look(engine, 'two')).exitCode], [5, 5]);
  const actions = (
    await engine.ok('events', '--since', '1h', '--until', '0s', '--filter', 'container=one', '--format', '{{.Action}}')
  ).split('\n');
  t.deepEqual(actions.slice(-3), ['kill', 'die', 'stop']);
});

rootTest('update gives a policy to one that runs, and takes it away', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', 'busybox', 'sh', '-c', 'trap "exit 3" USR1; echo ready; while :; do sleep 0.05; done');
  await engine.ok('update', '--restart', 'on-failure', 'web');
  await until('its trap is set', async () => (await engine.ok('logs', 'web')).includes('ready'));
  await engine.ok('kill', '-s', 'USR1', 'web');
  await until('it was restarted', async () => (await look(engine, 'web')).count === 1);
  await until('it runs', async () => (await look(engine, 'web')).status === 'running');
  await engine.ok('update', '--restart', 'no', 'web');
  // Its trap may not be set yet.
  await until('it stays down', async () => {
    await engine.tsrun(['kill', '-s', 'USR1', 'web']);
    return (await look(engine, 'web')).status === 'exited';
  });
  t.is((await look(engine, 'web')).exitCode, 3);
});

rootTest('what can’t be is refused', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const refusals: [string[], RegExp][] = [
    [['--restart', 'sometimes'], /invalid restart policy 'sometimes'/],
    [['--restart', 'always:3'], /maximum retry count cannot be used with restart policy 'always'/],
    [['--restart', 'on-failure:x'], /maximum retry count must be an integer/],
    [['--restart', 'on-failure:-1'], /maximum retry count cannot be negative/],
    [['--restart', 'always', '--rm'], /Conflicting options: --restart and --rm/],
  ];
  for (const [flags, words] of refusals) {
    const { code, stderr } = await engine.tsrun(['run', ...flags, 'busybox', 'true']);
    t.is(code, 125, stderr);
    t.regex(stderr, words);
  }
});
