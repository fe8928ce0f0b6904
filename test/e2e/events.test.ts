/** `tsrun events`: what was, and what is, without a daemon that tells. */
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

rootTest('a life is told in order, live and afterwards alike', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const live = engine.start(['events', '--filter', 'type=container', '--format', '{{.Action}} {{.Actor.Attributes.name}}']);
  let told = '';
  live.child.stdout?.on('data', (bytes: Buffer) => (told += bytes.toString()));
  // Until it listens nobody knows that it does: make events until one is told.
  await until('it listens', async () => {
    await engine.ok('run', '--rm', '--name', 'probe', 'busybox', 'true');
    return told !== '';
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
  await until('all is told', () => told.includes('destroy front'));
  live.child.kill('SIGTERM');
  await live.done;
  t.deepEqual(
    told.split('\n').filter((line) => / (web|front)$/.test(line)),
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
  t.is(stdout, '', 'without --since nothing of before');
  const { code: refused, stderr } = await engine.tsrun(['events', '--since', 'yesterday']);
  t.is(refused, 1);
  t.regex(stderr, /failed to parse value as time or duration: "yesterday"/);
});
