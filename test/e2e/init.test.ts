/** PID 1: what `--init` does for a program, and what `stop` says of one that has none. */
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

/** Leaves five processes that nobody waits for, and becomes a program that never does. */
const ORPHANS = 'for i in 1 2 3 4 5; do (sleep 0.1 & ); done; exec sleep 1000';

rootTest('--init reaps what nobody waits for; without it there are zombies', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const [name, flags] of [
    ['with', ['--init']],
    ['without', []],
  ] as const) {
    await engine.ok('run', '-d', '--name', name, '--network', 'none', ...flags, 'busybox', 'sh', '-c', ORPHANS);
  }
  const processes = (name: string): Promise<string> => engine.ok('exec', name, 'ps', '-o', 'stat,args');
  await until('the zombies', async () => (await processes('without')).match(/^Z/gm)?.length === 5);
  await until('they ended there too, and are no zombies', async () => !/sleep 0\.1|^Z/m.test(await processes('with')));
  t.regex(await engine.ok('exec', 'with', 'cat', '/proc/1/comm'), /init/);
});

rootTest('--init hands signals on, and a program without a handler ends by them', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const trap = 'trap "exit 5" TERM; trap "echo usr1" USR1; echo ready; while :; do sleep 0.05; done';
  await engine.ok('run', '-d', '--init', '--name', 'trap', '--network', 'none', 'busybox', 'sh', '-c', trap);
  await engine.ok('run', '-d', '--init', '--name', 'plain', '--network', 'none', 'busybox', 'sleep', '1000');
  await until('its trap is set', async () => (await engine.ok('logs', 'trap')).includes('ready'));
  await engine.ok('kill', '-s', 'USR1', 'trap');
  await until('it heard', async () => (await engine.ok('logs', 'trap')).includes('usr1'));
  // Two minutes would be waited for one that doesn't end by its signal.
  await engine.ok('stop', '-t', '120', 'trap', 'plain');
  t.is(await engine.ok('wait', 'trap', 'plain'), '5\n143');
});

rootTest('stop tells a person why it had to kill, and a script nothing', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'deaf', '--network', 'none', 'busybox', 'sleep', '1000');
  const terminal = await engine.terminal(['stop', '-t', '0', 'deaf']);
  await terminal.expect(/deaf was killed after 0 s: its program runs as PID 1 and has no handler for SIGTERM.*--init/);
  await terminal.expect(/deaf\r\n/);
  t.is(await terminal.ended, 0);
  await engine.ok('start', 'deaf');
  t.deepEqual(await engine.tsrun(['stop', '-t', '0', 'deaf']), { stdout: 'deaf\n', stderr: '', code: 0, signal: null });
});
