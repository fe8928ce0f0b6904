/** `attach`, `wait` and `start -a`: several clients, half-closed stdin, one that is slow, one that comes back. */
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import type { Running } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

/** Attach, and wait until it is: what the container says to a line is seen. */
async function attached(engine: TestEngine, name: string, ...flags: string[]): Promise<{ running: Running; seen: () => string }> {
  const running = engine.start(['attach', ...flags, name]);
  let seen = '';
  running.child.stdout?.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  await until(`${name} answers`, () => {
    running.child.stdin?.write('hello\n');
    return seen.includes('hello');
  });
  return { running, seen: () => seen };
}

/** Says each line again; ends with the first number as its exit code. */
const ECHO = 'while read line; do echo "$line"; [ "$line" = end ] && exit 7; done; exit 8';
const RUN = ['run', '-d', '-i', '--network', 'none'];

rootTest('several attach at once; each sees all, and has the exit code', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(...RUN, '--name', 'echo', 'busybox', 'sh', '-c', ECHO);
  const clients = [await attached(engine, 'echo'), await attached(engine, 'echo'), await attached(engine, 'echo')];
  // One that is killed disturbs nobody.
  clients[0]?.running.child.kill('SIGKILL');
  clients[1]?.running.child.stdin?.write('end\n');
  for (const { running } of clients.slice(1)) {
    const { code, stdout } = await running.done;
    t.is(code, 7);
    t.true(stdout.endsWith('end\n'), stdout);
  }
  t.is(await engine.ok('wait', 'echo'), '7');
  t.regex(await engine.ok('logs', '-n', '1', 'echo'), /^end$/);
});

rootTest('a client whose stdin ends leaves that of the container open, and goes on reading', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(...RUN, '--name', 'echo', 'busybox', 'sh', '-c', ECHO);
  const half = await attached(engine, 'echo');
  half.running.child.stdin?.end('last\n');
  await until('what it said', () => half.seen().includes('last'));
  const other = await attached(engine, 'echo');
  other.running.child.stdin?.end('more\nend\n');
  t.is((await half.running.done).code, 7);
  t.true(half.seen().endsWith('more\nend\n'), half.seen());
});

rootTest('run -i whose stdin ends gives the container its end of file; --no-stdin takes none', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.like(await engine.tsrun(['run', '-i', '--rm', '--network', 'none', 'busybox', 'sh', '-c', ECHO], { input: 'one\n' }), {
    stdout: 'one\n',
    code: 8,
  });
  await engine.ok(...RUN, '--name', 'echo', 'busybox', 'sh', '-c', ECHO);
  const silent = engine.start(['attach', '--no-stdin', 'echo']);
  silent.child.stdin?.end('end\n');
  let heard = false;
  silent.child.stdout?.once('data', () => (heard = true));
  const { running } = await attached(engine, 'echo');
  await until('the silent one is attached', () => {
    running.child.stdin?.write('hello\n');
    return heard;
  });
  running.child.stdin?.write('end\n');
  t.is((await silent.done).code, 7);
});

rootTest('what does not run is not attached to, and waiting for it returns at once', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('create', '--name', 'made', '--network', 'none', 'busybox', 'true');
  await engine.tsrun(['run', '--name', 'over', '--network', 'none', 'busybox', 'sh', '-c', 'exit 3']);
  for (const name of ['made', 'over']) {
    const { code, stderr } = await engine.tsrun(['attach', name]);
    t.is(code, 1);
    t.regex(stderr, /You cannot attach to a stopped container, start it first/);
  }
  t.like(await engine.tsrun(['wait', 'over', 'nobody', 'made']), { code: 1, stdout: '3\n0\n' });
  t.regex((await engine.tsrun(['wait', 'nobody'])).stderr, /No such container: nobody/);
});

rootTest('start -a joins one that runs, hands signals on, and tells its exit code', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'trap "echo caught; exit 5" TERM; while :; do echo tick; sleep 0.1; done';
  await engine.ok('run', '-d', '--name', 'ticks', '--network', 'none', 'busybox', 'sh', '-c', script);
  const joined = engine.start(['start', '-a', 'ticks']);
  await new Promise((resolve) => joined.child.stdout?.once('data', resolve));
  joined.child.kill('SIGTERM');
  const { code, stdout } = await joined.done;
  t.is(code, 5);
  t.true(stdout.endsWith('caught\n'));
});

rootTest('--sig-proxy=false keeps signals to oneself', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(...RUN, '--name', 'echo', 'busybox', 'sh', '-c', ECHO);
  const { running } = await attached(engine, 'echo', '--sig-proxy=false');
  running.child.kill('SIGTERM');
  t.is((await running.done).signal, 'SIGTERM');
  t.regex(await engine.ok('ps'), /echo/);
});

/** Says lines again until `go`, and then much. */
const MUCH = 'while read line; do echo "$line"; [ "$line" = go ] && break; done';

rootTest('a client that reads nothing holds the others up for ten seconds, then misses output, and is told', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(...RUN, '--name', 'loud', 'busybox', 'sh', '-c', `${MUCH}; seq 200000; ${ECHO}`);
  const slow = await attached(engine, 'loud');
  const quick = await attached(engine, 'loud');
  slow.running.child.kill('SIGSTOP');
  quick.running.child.stdin?.write('go\n');
  await until('the quick one has all', () => quick.seen().endsWith('\n200000\n'));
  slow.running.child.kill('SIGCONT');
  await until('the slow one has caught up', () => {
    quick.running.child.stdin?.write('ping\n');
    return slow.seen().endsWith('ping\n');
  });
  quick.running.child.stdin?.write('end\n');
  t.is((await quick.running.done).code, 7);
  const { stdout, stderr, code } = await slow.running.done;
  t.is(code, 7);
  const missed = Number(/(\d+) bytes of output were left out/.exec(stderr)?.[1]);
  const all = (text: string): number => text.slice(text.indexOf('go\n')).length;
  t.is(all(stdout) + missed, all(quick.seen()));
  t.true(stdout.endsWith('ping\nend\n'));
});

rootTest('one whose reader is stuck does not keep the container from ending, nor from being removed', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(...RUN, '--name', 'loud', 'busybox', 'sh', '-c', `${MUCH}; yes`);
  const stuck = await attached(engine, 'loud');
  stuck.running.child.kill('SIGSTOP');
  // What the stopped one was typed first is not sent: another says it.
  const other = engine.start(['attach', 'loud']);
  other.child.stdin?.write('go\n');
  await until('much was written', async () => (await engine.ok('logs', '-n', '1', 'loud')) === 'y');
  await engine.ok('kill', 'loud');
  await engine.ok('rm', 'loud');
  stuck.running.child.kill('SIGCONT');
  t.is((await stuck.running.done).code, 137);
  t.is((await other.done).code, 137);
});
