/** `tsrun events`: what was, and what is, without a daemon that tells. */
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

rootTest('a life is told in order, live and afterwards alike', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const live = engine.start(['events', '--filter', 'type=container', '--format', '{{.Action}} {{.Actor.Attributes.name}}']);
  let heard = '';
  live.child.stdout?.on('data', (bytes: Buffer) => (heard += bytes.toString()));
  // Until it listens nobody knows that it does: make events until one is told.
  await until('it listens', async () => {
    await engine.ok('run', '--rm', '--name', 'probe', 'busybox', 'true');
    return heard !== '';
  });
  await engine.ok('run', '-d', '--name', 'web', '--label', 'tier=front', 'busybox', 'sleep', '1000');
  await engine.ok('pause', 'web');
  await engine.ok('unpause', 'web');
  await engine.ok('rename', 'web', 'front');
  await engine.ok('stop', '-t', '0', 'front');
  await engine.ok('rm', 'front');
  const expected = [
    'create web',
    'start web',
    'pause web',
    'unpause web',
    'rename front',
    'kill front',
    'kill front',
    'die front',
    'stop front',
    'destroy front',
  ];
  await until('all is told', () => heard.includes('destroy front'));
  live.child.kill('SIGTERM');
  await live.done;
  t.deepEqual(
    heard.split('\n').filter((line) => / (web|front)$/.test(line)),
    expected,
  );
  const past = await engine.ok(
    'events',
    '--since',
    '1h',
    '--until',
    '0s',
    '--filter',
    'label=tier=front',
    '--format',
    '{{.Action}} {{.Actor.Attributes.name}}',
  );
  t.deepEqual(past.split('\n'), expected);
  const exits = await engine.ok(
    'events',
    '--since',
    '1h',
    '--until',
    '0s',
    '--filter',
    'event=die',
    '--filter',
    'container=front',
    '--format',
    'json',
  );
  t.like(JSON.parse(exits), { status: 'die', from: 'busybox', Actor: { Attributes: { exitCode: '137', name: 'front' } } });
});

rootTest('until a time that comes: it waits for that long, and ends', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('create', '--name', 'early', 'busybox', 'true');
  const soon = String((Date.now() + 1500) / 1000);
  const { code, stdout } = await engine.tsrun(['events', '--until', soon]);
  t.is(code, 0);
  t.regex(
    stdout,
    /^\S+ image load sha256:.*\n\S+ container create [0-9a-f]{64} \(image=busybox, name=early\)\n$/,
    'without --since all of before, as Docker',
  );
  const { code: refused, stderr } = await engine.tsrun(['events', '--since', 'yesterday']);
  t.is(refused, 1);
  t.regex(stderr, /failed to parse value as time or duration: "yesterday"/);
});

interface Told {
  Type: string;
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** What was told so far. */
async function told(engine: TestEngine, ...filters: string[]): Promise<Told[]> {
  const words = ['events', '--since', '1h', '--until', '0s', '--format', 'json', ...filters.flatMap((filter) => ['--filter', filter])];
  const lines = (await engine.ok(...words)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Told);
}

const past = async (engine: TestEngine, ...filters: string[]): Promise<string[]> =>
  (await told(engine, ...filters)).map(({ Type, Action, Actor }) => [Type, Action, Actor.Attributes['exitCode'] ?? []].flat().join(' '));

rootTest('a run in the foreground tells of its client, its network and its end, as Docker does', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.tsrun(['run', '--rm', '--name', 'once', 'busybox', 'sh', '-c', 'exit 3']);
  t.deepEqual(await past(engine, 'type=container', 'type=network'), [
    'container create',
    'container attach',
    'network connect',
    'container start',
    'container die 3',
    'network disconnect',
    'container destroy',
  ]);
  await engine.tsrun(['run', '--name', 'wrong', 'busybox', 'no-such-command']);
  t.deepEqual(await past(engine, 'container=wrong'), ['container create', 'container attach']);
  t.deepEqual(await past(engine, 'type=network', 'event=connect'), ['network connect', 'network connect']);
});

rootTest('execs: created, started and died, with their codes, also those that nobody waits for', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  await engine.tsrun(['exec', 'box', 'sh', '-c', 'exit 3']);
  t.deepEqual(await past(engine, 'event=exec_create', 'event=exec_start', 'event=exec_die'), [
    'container exec_create: sh -c exit 3',
    'container exec_start: sh -c exit 3',
    'container exec_die 3',
  ]);
  t.deepEqual(await past(engine, 'event=exec_start: sh -c exit 3'), ['container exec_start: sh -c exit 3']);
  await engine.tsrun(['exec', 'box', 'no-such-command']);
  t.true((await past(engine, 'event=exec_start')).includes('container exec_start: no-such-command '));
  await engine.tsrun(['exec', '--user', 'nobody-here', 'box', 'id']);
  const ofNobody = (await past(engine, 'event=exec_create', 'event=exec_start')).slice(-2);
  t.deepEqual(ofNobody, ['container exec_create: id ', 'container exec_start: id ']);
  await engine.ok('exec', '-d', 'box', 'sh', '-c', 'exit 4');
  await until('its end is told', async () => (await past(engine, 'event=exec_die')).includes('container exec_die 4'));
  const [first, died] = (await told(engine, 'event=exec_start', 'event=exec_die')).map(({ Actor }) => Actor.Attributes['execID']);
  t.regex(first ?? '', /^[0-9a-f]{64}$/);
  t.is(died, first);
});

rootTest('an exec whose client is killed is told of too', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  const client = engine.start(['exec', 'box', 'sh', '-c', 'echo here; exec sleep 1000']);
  await new Promise<void>((resolve) => client.child.stdout?.once('data', () => resolve()));
  client.child.kill('SIGKILL');
  await until('its end is told', async () => (await past(engine, 'event=exec_die')).includes('container exec_die 137'));
  t.is((await client.done).signal, 'SIGKILL');
});

rootTest('a terminal: its size is told, and that somebody left', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await engine.terminal(['run', '-it', '--name', 'box', 'busybox', 'sh']);
  await terminal.expect('/ # ', 60_000);
  terminal.type('\x10\x11');
  await terminal.ended;
  await engine.ok('kill', 'box');
  const told = await past(engine, 'container=box');
  t.deepEqual(
    told,
    ['create', 'attach', 'start', 'resize', 'detach', 'kill', 'die 137'].map((word) => `container ${word}`),
  );
});
