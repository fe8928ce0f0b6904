/** What a container changed: told (diff), written out (export), and made an image (commit). */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeImageArchive } from '../../rootfs-fixtures/image-archive.ts';
import { hostileLayers } from '../../rootfs-fixtures/hostile/layers.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { tar, type TarInput } from '../helpers/tar-writer.ts';
import { until } from '../helpers/wait.ts';

const CHANGES = `
  echo new > /etc/new; rm /bin/wget; chmod 600 /etc/passwd; mkdir -p /made/inner; ln /etc/new /etc/hard
  rm -r /home; echo file > /home; rm -r /var; mkdir /var; touch /var/x; mknod /tmp/device c 1 3; ln -s x /made/link
  echo gone > /gone; rm /gone; touch /lib; echo ready > /tmp/ready`;

const EXPECTED = `C /bin
D /bin/wget
C /etc
A /etc/hard
A /etc/new
C /etc/passwd
C /home
A /made
A /made/inner
A /made/link
C /tmp
A /tmp/device
A /tmp/ready
C /var
A /var/x
D /var/spool
D /var/www`;

rootTest('diff tells what was added, changed and deleted, of a running and of a stopped container', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', '-v', '/data', 'busybox', 'sh', '-c', `${CHANGES}; sleep 1000`);
  await until('the container did its work', async () => (await engine.tsrun(['exec', 'box', 'cat', '/tmp/ready'])).stdout === 'ready\n');
  // The mount point of a volume is the container's, those of every container are the engine's.
  const expected = EXPECTED.replace('C /etc\n', 'A /data\nC /etc\n');
  t.is(await engine.ok('diff', 'box'), expected);
  await engine.ok('stop', '-t', '0', 'box');
  t.is(await engine.ok('container', 'diff', 'box'), expected);
  const { code, stderr } = await engine.tsrun(['diff', 'nobody']);
  t.deepEqual([code, stderr], [1, 'tsrun: No such container: nobody\n']);
});

rootTest('commit: the changes are a layer, the container’s settings the new image’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'box', '-e', 'FOO=bar', '-l', 'one=1', '-w', '/tmp', '-v', '/data', 'busybox', 'sh', '-c', CHANGES);
  const changes = ['CMD ["cat", "/etc/new"]', 'ENV A=$FOO B="two words"', 'LABEL two=2', 'EXPOSE 80 90/udp', 'WORKDIR sub', 'VOLUME /more', 'ONBUILD RUN x', 'STOPSIGNAL SIGQUIT', 'HEALTHCHECK --interval=5s CMD true']; // prettier-ignore
  const id = await engine.ok('commit', '-a', 'me', '-m', 'a message', ...changes.flatMap((each) => ['-c', each]), 'box', 'mine:1');
  t.regex(id, /^sha256:[0-9a-f]{64}$/);
  const [image] = JSON.parse(await engine.ok('image', 'inspect', 'mine:1')) as [
    Record<string, unknown> & { Config: Record<string, unknown> },
  ];
  t.is(image['Id'], id);
  t.is(image['Author'], 'me');
  t.is(image['Comment'], 'a message');
  const { Config } = image;
  t.deepEqual(Config['Cmd'], ['cat', '/etc/new']);
  t.deepEqual(Config['Env'], ['FOO=bar', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=bar', 'B=two words']);
  t.deepEqual(Config['Labels'], { one: '1', two: '2' });
  t.deepEqual(Config['ExposedPorts'], { '80/tcp': {}, '90/udp': {} });
  t.deepEqual(Config['Volumes'], { '/data': {}, '/more': {} });
  t.deepEqual([Config['WorkingDir'], Config['StopSignal'], Config['OnBuild']], ['/tmp/sub', 'SIGQUIT', ['RUN x']]);
  t.deepEqual(Config['Healthcheck'], { Test: ['CMD-SHELL', 'true'], Interval: 5e9 });

  t.is(await engine.ok('run', '--rm', 'mine:1'), 'new');
  const script =
    'stat -c %a /etc/passwd; stat -c %h /etc/hard; ls /bin/wget 2>&1; cat /home; ls /var; stat -c "%t:%T" /tmp/device; ls /gone 2>&1; readlink /made/link';
  t.is(
    await engine.ok('run', '--rm', 'mine:1', 'sh', '-c', script),
    '600\n2\nls: /bin/wget: No such file or directory\nfile\nx\n1:3\nls: /gone: No such file or directory\nx',
  );
  // What is in it is no change any more.
  await engine.ok('run', '--name', 'again', 'mine:1', 'true');
  t.is(await engine.ok('diff', 'again'), 'A /more\nC /tmp\nA /tmp/sub');
});

rootTest('commit without changes adds no layer; wrong changes are refused before anything is made', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'box', 'busybox', 'true');
  const id = await engine.ok('commit', 'box');
  const layers = async (name: string): Promise<unknown> =>
    (JSON.parse(await engine.ok('image', 'inspect', name)) as [{ RootFS: unknown }])[0].RootFS;
  t.deepEqual(await layers(id), await layers('busybox'));
  const refusals: [words: string[], message: string][] = [
    [['-c', 'RUN x', 'box'], 'run is not a valid change command'],
    [['-c', 'ENV A', 'box'], 'ENV must have two arguments'],
    [['box', 'Bad'], 'invalid reference format: repository name (library/Bad) must be lowercase'],
    [['box', `x@sha256:${'0'.repeat(64)}`], 'refusing to create a tag with a digest reference'],
    [['nobody'], 'No such container: nobody'],
  ];
  for (const [words, message] of refusals) {
    const { code, stderr } = await engine.tsrun(['commit', ...words]);
    t.is(code, 1);
    t.true(stderr.includes(message), stderr);
  }
});

rootTest('a file that would be a whiteout in a layer is no part of an image, and is named', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'box', 'busybox', 'sh', '-c', 'mkdir /made; touch /made/.wh.x');
  const { code, stdout, stderr } = await engine.tsrun(['commit', 'box', 'mine']);
  t.deepEqual([code, stdout], [1, '']);
  t.regex(stderr, /^tsrun: "\/made\/\.wh\.x" can't be in an image's layer: .*\nrename or remove it in the container/);
  t.is(await engine.ok('images', '-q', 'mine'), '');
  // It can be told of and exported, for there a name is a name.
  t.is(await engine.ok('diff', 'box'), 'A /made\nA /made/.wh.x');
  const file = join(engine.directory, 'export.tar');
  await engine.ok('export', '-o', file, 'box');
  t.true(execFileSync('tar', ['tf', file], { encoding: 'utf8' }).includes('made/.wh.x\n'));
});

rootTest('commit pauses a running container while it reads, and whoever dies meanwhile, it goes on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok(
    'run',
    '-d',
    '--name',
    'box',
    'busybox',
    'sh',
    '-c',
    'i=0; while :; do i=$((i+1)); echo $i > /count; echo $i > /copy; done',
  );
  // Two files that are written one after the other: at one instant they differ by one at most.
  for (const name of ['one', 'two']) {
    await engine.ok('commit', 'box', name);
    const [count, copy] = (await engine.ok('run', '--rm', name, 'cat', '/count', '/copy')).split('\n').map(Number);
    if (count !== undefined && copy !== undefined && count > 0 && copy > 0) t.true(count - copy <= 1 && count >= copy, `${count} ${copy}`);
  }
  const commit = engine.start(['commit', 'box']);
  commit.child.kill('SIGKILL');
  await commit.done;
  const before = await engine.ok('exec', id, 'cat', '/count');
  await until('the container goes on', async () => (await engine.tsrun(['exec', id, 'cat', '/count'])).stdout.trim() !== before);
  t.pass();
});

rootTest('export writes the whole root with Docker’s mount points, and refuses a terminal', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'box', '-v', '/data', 'busybox', 'sh', '-c', `${CHANGES}; touch /data/secret`);
  const file = join(engine.directory, 'export.tar');
  writeFileSync(file, 'old');
  await engine.ok('export', '-o', file, 'box');
  const names = execFileSync('tar', ['tf', file], { encoding: 'utf8' }).trim().split('\n');
  for (const name of ['.dockerenv', 'dev/console', 'dev/pts/', 'dev/shm/', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'etc/mtab', 'proc/', 'sys/', 'data/', 'home', 'bin/busybox'])
    t.true(names.includes(name), name); // prettier-ignore
  t.false(names.includes('data/secret'));
  t.false(names.some((name) => name.startsWith('/') || name.startsWith('./')));
  t.true(readFileSync(file).length > 1e6);
  const terminal = await engine.terminal(['export', 'box']);
  await terminal.expect('cowardly refusing to save to a terminal. Use the -o flag or redirect');
  t.is(await terminal.ended, 1);
  const { code, stderr } = await engine.tsrun(['export', '-o', join(engine.directory, 'no/where'), 'box']);
  t.is(code, 1);
  t.regex(stderr, /failed to export container: invalid output path: directory ".*no" does not exist/);
});

rootTest('images of hostile layers are committed and exported without a look outside', async (t) => {
  const engine = await startEngine(t);
  const outside = join(engine.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'of the host');
  const accepted = hostileLayers(outside).filter(({ outcome }) => 'inside' in outcome);
  t.true(accepted.length > 6);
  t.true(accepted.some(({ layers }) => layers.length > 1));
  for (const [index, { name, layers }] of accepted.entries()) {
    await loadLayers(engine, `hostile:${index}`, layers);
    const box = `box-${index}`;
    await engine.ok('create', '--name', box, `hostile:${index}`, '/no-such-program');
    await engine.ok('cp', join(outside, 'victim'), `${box}:/copied`);
    await engine.ok('commit', box, `committed:${index}`);
    const archive = join(engine.directory, `${box}.tar`);
    await engine.ok('export', '-o', archive, box);
    await engine.ok('rm', box);
    await engine.ok('create', '--name', box, `committed:${index}`, '/no-such-program');
    await engine.ok('rm', box);
    // Once: the copy that was made on purpose.
    t.is(readFileSync(archive, 'latin1').split('of the host').length, 2, name);
  }
  t.is(readFileSync(join(outside, 'victim'), 'utf8'), 'of the host');
  t.deepEqual(readdirSync(outside), ['victim']);
});

/** An image of these layers, from the bottom up. */
async function loadLayers(engine: TestEngine, name: string, layers: readonly TarInput[][]): Promise<void> {
  const scratch = mkdtempSync(join(engine.directory, 'layers-'));
  const files = layers.map((entries, index) => {
    const path = join(scratch, `${index}.tar`);
    writeFileSync(path, tar(entries));
    return path;
  });
  const parts = join(scratch, 'archive');
  mkdirSync(parts);
  writeImageArchive(join(scratch, 'image.tar'), parts, name, { config: {}, layers: files });
  await engine.ok('load', '--quiet', '--input', join(scratch, 'image.tar'));
}
