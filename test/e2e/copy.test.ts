/** Copies between a container and the host. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { hostileLayers } from '../../rootfs-fixtures/hostile/layers.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';
import { until } from '../helpers/wait.ts';

rootTest('a directory goes in and comes back as it was, of a running, a stopped and a new container', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const source = join(engine.directory, 'source');
  mkdirSync(join(source, 'inner'), { recursive: true });
  writeFileSync(join(source, 'file'), 'hello', { mode: 0o640 });
  chownSync(join(source, 'file'), 1000, 1001);
  symlinkSync('file', join(source, 'link'));
  writeFileSync(join(source, 'inner/.wh.name'), 'a name like any other');
  await engine.ok('create', '--name', 'new', '-v', 'kept:/data', 'busybox', 'true');
  await engine.ok('run', '--name', 'stopped', '-v', 'kept:/data', 'busybox', 'true');
  await engine.ok('run', '-d', '--name', 'running', '-v', 'kept:/data', '--tmpfs', '/memory', 'busybox', 'sleep', '1000');
  for (const name of ['new', 'stopped', 'running']) {
    await engine.ok('cp', source, `${name}:/tmp`);
    // Into a volume, too: it is the same for all of them.
    await engine.ok('cp', `${source}/.`, `${name}:/data/${name}`);
    const back = join(engine.directory, `back-${name}`);
    await engine.ok('cp', `${name}:/tmp/source`, back);
    t.is(readFileSync(join(back, 'file'), 'utf8'), 'hello');
    t.is(readlinkSync(join(back, 'link')), 'file');
    t.is(readFileSync(join(back, 'inner/.wh.name'), 'utf8'), 'a name like any other');
    t.deepEqual([statSync(join(back, 'file')).mode & 0o777, statSync(join(back, 'file')).uid], [0o640, process.getuid?.()]);
  }
  t.is(
    await engine.ok('exec', 'running', 'sh', '-c', 'stat -c "%u:%g %a" /tmp/source/file; ls /data; ls /data/new'),
    '1000:1001 640\nnew\nrunning\nstopped\nfile\ninner\nlink',
  );
  // What was copied before the start is there after it.
  await engine.ok('start', 'stopped');
  t.is(await engine.ok('diff', 'stopped').then((text) => text.includes('A /tmp/source/inner/.wh.name')), true);
});

rootTest('tars on standard input and output', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  const archive = tar([
    { path: 'd/', type: '5' },
    { path: 'd/file', data: 'from a tar', uid: 7 },
  ]);
  for (const input of [archive, gzipSync(archive)]) {
    t.is((await engine.tsrun(['cp', '-', 'box:/tmp'], { input })).code, 0);
    t.is(await engine.ok('exec', 'box', 'sh', '-c', 'cat /tmp/d/file; stat -c %u /tmp/d/file; rm -r /tmp/d'), 'from a tar7');
  }
  const out = execFileSync(...engine.network.enter(join(import.meta.dirname, '../../bin/tsrun'), ['cp', 'box:/etc', '-']), {
    env: { ...process.env, ...engine.environment },
  });
  t.true(execFileSync('tar', ['tf', '-'], { input: out, encoding: 'utf8' }).includes('etc/passwd\n'));
  const refused = await engine.tsrun(['cp', '-', 'box:/etc/passwd'], { input: archive });
  t.deepEqual([refused.code, refused.stderr], [1, 'tsrun: destination "box:/etc/passwd" must be a directory\n']);
});

rootTest('links of a hostile container lead nowhere but into itself, also while they are swapped', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const outside = join(engine.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'of the host');
  const payload = join(engine.directory, 'payload');
  writeFileSync(payload, 'evil');
  const up = '../'.repeat(30);
  const script = `
    ln -s ${outside} /absolute; ln -s ${up}${outside} /relative; ln -s ${outside}/victim /victim; mkdir -p /honest ${outside}
    echo of the container > ${outside}/victim; ln -s /proc/1/root /magic; echo ready > /ready
    while :; do mv /honest /kept; ln -s ${outside} /honest; rm /honest; mv /kept /honest; done`;
  await engine.ok('run', '-d', '--name', 'box', '--pid=host', 'busybox', 'sh', '-c', script);
  await until('the links are there', async () => (await engine.tsrun(['exec', 'box', 'cat', '/ready'])).code === 0);
  for (const target of ['/absolute/victim', '/relative/victim', '/victim', '/absolute/new'])
    await engine.ok('cp', payload, `box:${target}`);
  for (let round = 0; round < 4; round++) {
    // Whichever of the two it meets: it may fail, but it stays inside.
    await engine.tsrun(['cp', payload, 'box:/honest/victim']);
    await engine.tsrun(['cp', payload, 'box:/honest']);
    await engine.tsrun(['cp', 'box:/honest', join(engine.directory, `out-${round}`)]);
  }
  await engine.tsrun(['cp', payload, `box:/magic${outside}/victim`]);
  t.is(readFileSync(join(outside, 'victim'), 'utf8'), 'of the host');
  t.deepEqual(readdirSync(outside), ['victim']);
  const found = execFileSync('grep', ['-rl', 'of the host', engine.directory, '--include=victim'], { encoding: 'utf8' }).trim();
  t.is(found, join(outside, 'victim'), 'the host’s file was not read either');
  // Reading without a pause is confined as well.
  await engine.ok('export', '-o', join(engine.directory, 'export.tar'), 'box');
  t.false(readFileSync(join(engine.directory, 'export.tar')).includes('of the host'));
});

rootTest('a tar that tries to leave its directory writes nothing outside', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const outside = join(engine.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'of the host');
  await engine.ok('create', '--name', 'box', '--net', 'none', 'busybox', 'sh', '-c', 'rm /tmp/attack-*/a/.wh.*');
  const attacks = hostileLayers(outside);
  // Each has a directory of its own, into which its layers are copied one after the other.
  const places = attacks.map((_attack, index) => ({ path: `attack-${index}/`, type: '5' }));
  t.is((await engine.tsrun(['cp', '-', 'box:/tmp'], { input: tar(places) })).code, 0);
  for (const [index, { name, layers }] of attacks.entries()) {
    for (const layer of layers) await engine.tsrun(['cp', '-', `box:/tmp/attack-${index}`], { input: tar(layer) });
    t.is(readFileSync(join(outside, 'victim'), 'utf8'), 'of the host', name);
    t.deepEqual(readdirSync(outside), ['victim'], name);
  }
  // A file whose name would be a whiteout of more than a file can be in a container, and in no layer.
  const refused = await engine.tsrun(['commit', 'box', 'attacked']);
  t.regex(refused.stderr, /^tsrun: "\/tmp\/attack-\d+\/a\/\.wh\.\.+" can't be in an image's layer/);
  await engine.ok('start', '--attach', 'box');
  // What became of the rest in the container goes through commit, save, load and export as it is: links are links there.
  await engine.ok('commit', 'box', 'attacked');
  const [saved, exported] = [join(engine.directory, 'saved.tar'), join(engine.directory, 'exported.tar')];
  await engine.ok('save', '--output', saved, 'attacked');
  await engine.ok('export', '--output', exported, 'box');
  await engine.ok('rmi', 'attacked');
  await engine.ok('load', '--input', saved);
  for (const archive of [saved, exported]) {
    const bytes = readFileSync(archive, 'latin1');
    t.true(bytes.includes('evil'), 'some of it stayed inside');
    t.false(bytes.includes('of the host'), 'nothing was read from outside');
  }
  t.is(readFileSync(join(outside, 'victim'), 'utf8'), 'of the host');
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
});

rootTest('a copy that is killed leaves nothing, and the container can be started', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const large = join(engine.directory, 'large');
  writeFileSync(large, Buffer.alloc(64 << 20, 'x'));
  await engine.ok('create', '--name', 'box', 'busybox', 'true');
  for (const milliseconds of [150, 400]) {
    const copy = engine.start(['cp', large, 'box:/tmp/large']);
    await sleep(milliseconds);
    copy.child.kill('SIGKILL');
    await copy.done;
  }
  await engine.ok('start', '-a', 'box');
  t.is(await engine.ok('ps', '-aq').then((text) => text.split('\n').length), 1);
});

rootTest('into a container that is started again meanwhile: it says that the life is over that was copied into', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  const many = Array.from({ length: 2000 }, (_unused, index) => ({ path: `tmp/more-${index}`, data: 'y' }));
  // The overlay that the copy has is good for what needs no copying up from the image: a folder there that nobody touched yet does.
  const archive = tar([{ path: 'tmp/first', data: 'x' }, ...many, { path: 'home/last', data: 'z' }]);
  const half = archive.length / 2;
  const copy = engine.start(['cp', '-', 'box:/']);
  copy.child.stdin?.write(archive.subarray(0, half));
  await until('the copy has begun', async () => (await engine.tsrun(['exec', 'box', 'test', '-e', '/tmp/first'])).code === 0);
  await engine.ok('restart', '-t', '0', 'box');
  copy.child.stdin?.end(archive.subarray(half));
  const { code, stderr } = await copy.done;
  t.is(code, 1);
  t.regex(stderr, /^tsrun: Container [0-9a-f]{64} is not running\n$/);
});

rootTest('what a container knew of names is there when it has ended, also for one that shared it; and goes with it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const copied = async (container: string, path: string): Promise<string> => {
    const target = join(engine.directory, 'copied');
    await engine.ok('cp', `${container}:${path}`, target);
    return readFileSync(target, 'utf8');
  };
  const id = await engine.ok(
    'run',
    '-d',
    '--name',
    'box',
    '-h',
    'somewhere',
    'busybox',
    'sh',
    '-c',
    'echo 192.0.2.7 other >>/etc/hosts; exec sleep 1000',
  );
  await engine.ok('run', '-d', '--name', 'guest', '--network', 'container:box', 'busybox', 'sleep', '1000');
  await until('it wrote', async () => (await copied('guest', '/etc/hosts')).includes('other'));
  await engine.ok('stop', '-t', '0', 'guest', 'box');
  for (const name of ['box', 'guest']) {
    t.regex(await copied(name, '/etc/hosts'), /\tsomewhere\n[^]*192\.0\.2\.7 other\n/);
    t.is(await copied(name, '/etc/hostname'), 'somewhere\n');
  }
  const kept = join(engine.root, 'containers', id);
  t.deepEqual(
    readdirSync(kept).filter((name) => ['hosts', 'hostname', 'resolv.conf'].includes(name)),
    ['hostname', 'hosts', 'resolv.conf'],
  );
  await engine.ok('rm', 'guest', 'box');
  t.false(existsSync(kept));
});
