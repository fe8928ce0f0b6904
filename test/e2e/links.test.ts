/** `--link`: containers of the default bridge that know each other by name. */
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('a linked container is found by its alias, and told of in the environment', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const server = 'while :; do echo served | nc -l -p 80; done';
  await engine.ok(
    'run',
    '-d',
    '--name',
    'web',
    '--hostname',
    'webhost',
    '--expose',
    '80',
    '-e',
    'KEY=value',
    'busybox',
    'sh',
    '-c',
    server,
  );
  const client = 'until wget -q -O - http://w 2>/dev/null || nc w 80 </dev/null | grep served; do sleep 0.1; done; env | grep ^W_ | sort';
  const out = await engine.ok('run', '--rm', '--name', 'client', '--link', 'web:w', 'busybox', 'sh', '-c', client);
  const address = await engine.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'web');
  t.deepEqual(out.split('\n'), [
    'served',
    'W_ENV_KEY=value',
    'W_NAME=/client/w',
    `W_PORT=tcp://${address}:80`,
    `W_PORT_80_TCP=tcp://${address}:80`,
    `W_PORT_80_TCP_ADDR=${address}`,
    'W_PORT_80_TCP_PORT=80',
    'W_PORT_80_TCP_PROTO=tcp',
  ]);
});

rootTest('a linked container that comes back elsewhere is found there', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', 'busybox', 'sleep', '1000');
  await engine.ok('run', '-d', '--name', 'linked', '--link', 'web:w', 'busybox', 'sleep', '1000');
  await engine.ok('stop', '-t', '0', 'web');
  await engine.ok('run', '-d', '--name', 'squatter', 'busybox', 'sleep', '1000');
  await engine.ok('start', 'web');
  const address = await engine.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'web');
  t.not(address, await engine.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'squatter'));
  t.regex(await engine.ok('exec', 'linked', 'cat', '/etc/hosts'), new RegExp(`^${address.replaceAll('.', '[.]')}\tw `, 'm'));
});

rootTest('a link needs a container that runs, at every start', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', 'busybox', 'sleep', '1000');
  await engine.ok('create', '--name', 'linked', '--link', 'web', 'busybox', 'cat', '/etc/hosts');
  t.is(await engine.ok('inspect', '-f', '{{json .HostConfig.Links}}', 'linked'), '["/web:/linked/web"]');
  t.regex(await engine.ok('start', '-a', 'linked'), /^172\.\S+\tweb [0-9a-f]{12}$/m);
  await engine.ok('rm', '-f', 'web');
  const gone = await engine.tsrun(['start', '-a', 'linked']);
  t.is(gone.code, 1);
  t.regex(gone.stderr, /Cannot link to a non running container: \/web AS \/linked\/web/);
  const nobody = await engine.tsrun(['run', '--rm', '--link', 'nobody', 'busybox', 'true']);
  t.like(nobody, { code: 125, stderr: 'tsrun: could not get container for nobody: No such container: nobody\n' });
});

rootTest('rm --link takes one link away, from a container that runs too', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', 'busybox', 'sleep', '1000');
  await engine.ok('run', '-d', '--name', 'linked', '--link', 'web:one', '--link', 'web:two', 'busybox', 'sleep', '1000');
  t.is(await engine.ok('rm', '--link', 'linked/one'), 'linked/one');
  t.is(await engine.ok('inspect', '-f', '{{json .HostConfig.Links}}', 'linked'), '["/web:/linked/two"]');
  const hosts = await engine.ok('exec', 'linked', 'cat', '/etc/hosts');
  t.false(hosts.includes('\tone '));
  t.true(hosts.includes('\ttwo '));
  for (const [name, message] of [
    ['web', 'Conflict, cannot remove the default link name of the container'],
    ['linked/one', 'No such container: linked/one'],
    ['nobody/x', 'No such container: nobody/x'],
  ] as const) {
    const { code, stderr } = await engine.tsrun(['rm', '-l', name]);
    t.is(code, 1);
    t.regex(stderr, new RegExp(`^tsrun: ${message}`));
  }
  await engine.ok('rm', '-l', '/linked/two');
  await engine.ok('restart', '-t', '0', 'linked');
  t.false((await engine.ok('exec', 'linked', 'cat', '/etc/hosts')).includes('\ttwo '));
  t.is(await engine.ok('inspect', '-f', '{{json .HostConfig.Links}}', 'linked'), 'null');
});
