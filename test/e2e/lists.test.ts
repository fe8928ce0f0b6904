/** Lists and inspections of a real engine: ps, images, history, inspect, volume, info. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

rootTest('ps: filters, templates and sizes of containers that run and that ended', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const one = await engine.ok(
    'run',
    '-d',
    '--name',
    'one',
    '--label',
    'a=b',
    '-v',
    'vol1:/data',
    'busybox',
    'sh',
    '-c',
    'echo 12345 > /file; sleep 1000',
  );
  await until('its file', async () => (await engine.tsrun(['exec', 'one', 'cat', '/file'])).stdout === '12345\n');
  await engine.tsrun(['run', '--name', 'two', 'busybox', 'false']);
  await engine.ok('create', '--name', 'three', '--network', 'none', 'busybox', 'true');
  const names = (...words: string[]): Promise<string> => engine.ok('ps', '--format', '{{.Names}}', ...words);

  t.is(await names(), 'one');
  t.is(await names('-a'), 'three\ntwo\none');
  t.is(await names('-n', '1'), 'three');
  t.is(await names('-l', '-f', 'label=a'), 'one');
  t.is(await names('-f', 'status=exited'), 'two');
  t.is(await names('-a', '-f', 'exited=1'), 'two');
  t.is(await names('-a', '-f', 'ancestor=busybox:latest', '-f', 'since=one'), 'three\ntwo');
  t.is(await names('-a', '-f', 'network=none'), 'three');
  t.is(await names('-a', '-f', 'volume=vol1'), 'one');
  t.is(await engine.ok('ps', '-q', '--no-trunc'), one);
  t.is(await engine.ok('ps', '--format', '{{.Label "a"}} {{.State}} {{.LocalVolumes}} {{.Networks}}'), 'b running 1 bridge');
  t.regex(await engine.ok('ps', '-s'), /SIZE\n.* {3}6B \(virtual \d+\.\d+MB\)$/);
  t.is(await engine.ok('inspect', '-s', '-f', '{{.SizeRw}}', 'one'), '6');

  // A name that became another image's is no longer what the container was made from.
  await engine.ok('commit', 'two', 'other:1');
  await engine.ok('tag', 'other:1', 'busybox:latest');
  t.regex(await engine.ok('ps', '--format', '{{.Image}}'), /^[0-9a-f]{12}$/);

  const wrong = await engine.tsrun(['ps', '-f', 'is-task=true']);
  t.deepEqual([wrong.code, wrong.stderr.split('\n', 1)[0]], [1, "tsrun: Invalid filter 'is-task'"]);
  const bad = await engine.tsrun(['ps', '--format', '{{.Nope}}']);
  t.deepEqual([bad.code, bad.stdout], [1, '']);
  t.true(bad.stderr.includes("can't evaluate field Nope in type *formatter.ContainerContext"));
});

rootTest('images and history: names, patterns, and what was made from what', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('tag', 'busybox', 'busybox:two');
  await engine.tsrun(['run', '--name', 'maker', 'busybox', 'sh', '-c', 'echo content > /file']);
  const made = await engine.ok('commit', '--message', 'a file', 'maker', 'made:1');
  const base = await engine.ok('images', '--no-trunc', '--quiet', 'busybox:two');

  t.is(await engine.ok('images', '--format', '{{.Repository}}:{{.Tag}}'), 'made:1\nbusybox:latest\nbusybox:two');
  t.is(await engine.ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'busy*:t*'), 'busybox:two');
  t.is(await engine.ok('images', '--format', '{{.Repository}}', '-f', 'since=busybox'), 'made');
  t.is(await engine.ok('image', 'ls', '-q', '--no-trunc', 'made'), made);
  t.regex(await engine.ok('images', '--digests', 'made'), /^REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE\nmade +1 +<none> +/);

  t.is(await engine.ok('history', '-q', '--no-trunc', 'made:1'), `${made}\n${base}`);
  const [header, first] = (await engine.ok('history', 'made:1')).split('\n');
  t.regex(header ?? '', /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
  t.regex(first ?? '', /^[0-9a-f]{12} .* sh -c echo content > \/file +8B +a file$/);
  t.is(await engine.ok('history', '-H=false', '--format', '{{.Size}}', 'made:1').then((text) => text.split('\n')[0]), '8');
  t.is(await engine.ok('image', 'inspect', '-f', '{{.Parent}} {{.Comment}}', 'made:1'), `${base} a file`);

  const missing = await engine.tsrun(['history', 'nope']);
  t.deepEqual([missing.code, missing.stderr], [1, 'tsrun: No such image: nope:latest\n']);
});

rootTest('inspect: several at once, of all kinds, and what is not there', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('create', '--name', 'box', '--label', 'x=y', '-p', '8080:80', 'busybox', 'true');
  await engine.ok('volume', 'create', 'box2');
  t.is(await engine.ok('inspect', '-f', '{{if .Name}}{{.Name}}{{else}}{{.Id}}{{end}}', 'box', 'box2'), '/box\nbox2');
  t.is(
    await engine.ok(
      'inspect',
      '-f',
      '{{range $p, $b := .HostConfig.PortBindings}}{{$p}} -> {{(index $b 0).HostPort}}{{end}} {{index .Config.Labels "x"}}',
      'box',
    ),
    '80/tcp -> 8080 y',
  );
  const some = await engine.tsrun(['inspect', '--format', '{{.Name}}', 'box', 'nope', 'nope2']);
  t.deepEqual(some, { ...some, code: 1, stdout: '/box\n', stderr: 'Error: No such object: nope\nError: No such object: nope2\n' });
  for (const [type, error] of Object.entries({ image: 'No such image: box', volume: 'No such volume: box' })) {
    const { code, stdout, stderr } = await engine.tsrun(['inspect', '--type', type, 'box']);
    t.deepEqual([code, stdout, stderr], [1, '[]\n', `Error: ${error}\n`]);
  }
  const wrongType = await engine.tsrun(['inspect', '--type', 'network', 'box']);
  t.deepEqual([wrongType.code, wrongType.stderr], [1, '"network" is not a valid value for --type\n']);
  t.is((await engine.tsrun(['inspect', '-f', '{{.Name', 'box'])).code, 64);
});

rootTest('volumes: made, listed, refused while in use, removed with what is in them', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('volume', 'create', 'my-vol', '--label', 'a=b'), 'my-vol');
  t.is(await engine.ok('volume', 'create', 'my-vol'), 'my-vol');
  await engine.ok('run', '--rm', '-v', 'my-vol:/data', 'busybox', 'sh', '-c', 'echo kept > /data/file');
  await engine.ok('create', '--name', 'user', '-v', 'used:/data', 'busybox', 'true');
  // A created container's volumes are there when it starts.
  await engine.ok('start', '-a', 'user');
  const anonymous = await engine.ok('volume', 'create');
  t.regex(anonymous, /^[0-9a-f]{64}$/);

  t.is(await engine.ok('volume', 'ls', '-q', '-f', 'dangling=false'), 'used');
  t.is(await engine.ok('volume', 'ls', '-f', 'label=a'), 'DRIVER    VOLUME NAME\nlocal     my-vol');
  const [inspected] = JSON.parse(await engine.ok('volume', 'inspect', 'my-vol')) as Record<string, unknown>[];
  const data = join(engine.root, 'volumes/my-vol/_data');
  t.like(inspected, { Name: 'my-vol', Driver: 'local', Labels: { a: 'b' }, Mountpoint: data, Options: {}, Scope: 'local' });
  t.true(existsSync(join(data, 'file')));

  const inUse = await engine.tsrun(['volume', 'rm', 'used']);
  const user = await engine.ok('ps', '-aq', '--no-trunc');
  t.deepEqual([inUse.code, inUse.stderr.split('\n', 1)[0]], [1, `tsrun: remove used: volume is in use - [${user}]`]);
  const some = await engine.tsrun(['volume', 'rm', 'my-vol', 'nope']);
  t.deepEqual([some.code, some.stdout, some.stderr], [1, 'my-vol\n', 'tsrun: No such volume: nope\n']);
  t.false(existsSync(data));
  t.is(await engine.ok('volume', 'rm', '-f', 'nope'), 'nope');

  writeFileSync(join(engine.root, 'volumes', anonymous, '_data/file'), 'x'.repeat(2000));
  const asked = await engine.tsrun(['volume', 'prune'], { input: 'n\n' });
  t.is(
    asked.stdout,
    'WARNING! This will remove all local volumes not used by at least one container.\nAre you sure you want to continue? [y/N] Total reclaimed space: 0B\n',
  );
  t.is(
    (await engine.tsrun(['volume', 'prune'], { input: 'y\n' })).stdout,
    `WARNING! This will remove all local volumes not used by at least one container.\nAre you sure you want to continue? [y/N] Deleted Volumes:\n${anonymous}\n\nTotal reclaimed space: 2kB\n`,
  );
  t.deepEqual(readdirSync(join(engine.root, 'volumes')), ['used']);
  t.deepEqual(readdirSync(join(engine.root, 'scratch')), []);
  for (const [words, message] of [
    [['create', 'x'], 'create x: volume name is too short, names should be at least two alphanumeric characters'],
    [['create', '-d', 'nfs', 'v3'], 'create v3: error looking up volume plugin nfs: plugin "nfs" not found'],
    [['create', 'v4', '--name', 'v5'], 'conflicting options: either specify --name or provide positional arg, not both'],
    [['prune', '-f', '--filter', 'x=y'], "Invalid filter 'x'"],
  ] as [string[], string][]) {
    const { code, stderr } = await engine.tsrun(['volume', ...words]);
    t.deepEqual([code, stderr.split('\n', 1)[0]], [1, `tsrun: ${message}`]);
  }
});

rootTest('a volume made again is empty, whatever a killed removal left', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('volume', 'create', 'again');
  // As a removal leaves it that was killed after the directory moved and before the row went.
  const left = join(engine.root, 'scratch/volume-1-again');
  mkdirSync(join(left, 'volume/_data'), { recursive: true });
  writeFileSync(join(left, 'volume/_data/secret'), '');
  writeFileSync(`${left}.lock`, '');
  t.is(await engine.ok('volume', 'rm', 'again'), 'again');
  t.deepEqual(readdirSync(join(engine.root, 'scratch')), []);
  await engine.ok('volume', 'create', 'again');
  t.deepEqual(readdirSync(join(engine.root, 'volumes/again/_data')), []);
  await engine.ok('volume', 'rm', 'again');
});

rootTest('version and info tell what there is', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('create', '--name', 'box', 'busybox', 'true');
  const info = JSON.parse(await engine.ok('info', '--format', 'json')) as Record<string, unknown>;
  t.like(info, {
    Containers: 1,
    ContainersRunning: 0,
    ContainersStopped: 1,
    Images: 1,
    Driver: 'overlay2',
    DockerRootDir: engine.root,
    OSType: 'linux',
  });
  t.is(
    await engine.ok('system', 'info', '-f', '{{.Images}} {{.NCPU}} {{.RegistryConfig.InsecureRegistryCIDRs}}'),
    `1 ${String(info['NCPU'])} [127.0.0.0/8]`,
  );
  t.regex(await engine.ok('info'), /^Client:\n.*\nServer:\n Containers: 1\n {2}Running: 0\n {2}Paused: 0\n {2}Stopped: 1\n Images: 1\n/s);
  t.regex(
    await engine.ok('--registry-mirror', 'http://mirror:5000', '--insecure-registry', 'old.example', 'info'),
    /Insecure Registries:\n {2}old\.example\n {2}127\.0\.0\.0\/8\n Registry Mirrors:\n {2}http:\/\/mirror:5000$/m,
  );
  const wrong = await engine.tsrun(['info', '-f', '{{.Foo}}']);
  t.deepEqual(
    [wrong.code, wrong.stdout, wrong.stderr],
    [1, '\n', `tsrun: template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type system.info\n`],
  );
  t.regex(await engine.ok('version', '-f', '{{.Client.Version}} {{.Server.Version}} {{.Server.Os}}'), /^(\d+\.\d+\.\d+) \1 linux$/);
  const version = await engine.tsrun(['version', '-f', '{{.Server.Foo}}']);
  t.is(
    version.stderr,
    `tsrun: template: version:1:9: executing "version" at <.Server.Foo>: can't evaluate field Foo in type *types.Version\n`,
  );
});

rootTest('on a terminal, what strangers wrote commands nothing; a pipe gets it as it is', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const hostile = 'before\u001b[2Jafter\u009b1A';
  await engine.ok(
    'run',
    '--name',
    'named',
    '--label',
    `note=${hostile}`,
    'busybox',
    'sh',
    '-c',
    `touch "/tmp/$1"; : ${hostile}`,
    'sh',
    hostile,
  );
  await engine.ok('commit', '--message', hostile, 'named', 'made');
  const cases: [words: string[], shown: RegExp][] = [
    [['ps', '--all', '--format', '{{.Label "note"}}'], /before\\u001b\[2Jafter\\u009b1A/],
    [['inspect', '--format', '{{.Config.Labels.note}}', 'named'], /before\\u001b\[2Jafter\\u009b1A/],
    [['inspect', 'named'], /before\\u001b\[2Jafter\\u009b1A/],
    [['history', '--no-trunc', 'made'], /before\\u001b\[2Jafter\\u009b1A/],
    [['events', '--since', '1h', '--until', '0s'], /note=before\\u001b\[2Jafter\\u009b1A/],
    [['diff', 'named'], /A \/tmp\/before\\u001b\[2Jafter\\u009b1A/],
    [['inspect', hostile], /No such object: before\\u001b\[2Jafter\\u009b1A/],
  ];
  for (const [words, shown] of cases) {
    const terminal = await engine.terminal(words);
    await terminal.ended;
    await terminal.expect(shown);
    t.notRegex(terminal.screen, /[\u001b\u009b]/, words.join(' '));
  }
  t.is(await engine.ok('ps', '--all', '--format', '{{.Label "note"}}'), hostile);
  t.true((await engine.ok('diff', 'named')).includes(`A /tmp/${hostile}`));
});
