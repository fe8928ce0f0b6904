/** `--volumes-from`, and the forms of `--mount`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('volumes and binds of another container, in chains, read-only where asked for; they outlive it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const data = join(engine.directory, 'data');
  mkdirSync(data);
  const mounts = ['-v', `${data}:/bind:ro`, '-v', 'named:/named', '-v', '/anonymous'];
  await engine.ok('run', '--name', 'source', ...mounts, 'busybox', 'sh', '-c', 'echo hello >/anonymous/word; echo named >/named/word');
  t.is(await engine.ok('run', '--rm', '--volumes-from', 'source', 'busybox', 'cat', '/anonymous/word', '/named/word'), 'hello\nnamed');

  await engine.ok('create', '--name', 'middle', '--volumes-from', 'source:ro', '-v', '/own', 'busybox', 'true');
  const readOnly = await engine.tsrun([
    'run',
    '--rm',
    '--volumes-from',
    'middle',
    'busybox',
    'touch',
    '/anonymous/x',
    '/named/x',
    '/bind/x',
    '/own/x',
  ]);
  t.is(readOnly.stderr.match(/Read-only file system/g)?.length, 3);
  // The last of several at one place.
  await engine.ok('run', '--rm', '--volumes-from', 'middle', '--volumes-from', 'source', 'busybox', 'touch', '/anonymous/x');

  await engine.ok('rm', '--volumes', 'source');
  t.is(await engine.ok('run', '--rm', '--volumes-from', 'middle', 'busybox', 'cat', '/anonymous/word'), 'hello');
  await engine.ok('rm', '--volumes', 'middle');
  t.is(await engine.ok('volume', 'ls', '--quiet'), 'named', 'the anonymous ones went with the last that used them');
});

rootTest('what lies below a bind: not bound, writable, or read-only with it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const outside = join(engine.directory, 'tree');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), '');
  // A mount below a bind, made by a container that shares it with nobody: the host's /dev has some of its own.
  const list = async (...fields: string[]): Promise<string> =>
    engine.ok(
      'run',
      '--rm',
      '--mount',
      ['type=bind', 'src=/dev', 'dst=/d', ...fields].join(','),
      'busybox',
      'sh',
      '-c',
      'grep -c " /d/" /proc/self/mounts || :',
    );
  t.not(await list(), '0');
  t.is(await list('bind-nonrecursive'), '0');
  const touch = async (...fields: string[]): Promise<string> =>
    (
      await engine.tsrun([
        'run',
        '--rm',
        '--mount',
        ['type=bind', 'src=/dev', 'dst=/d', 'readonly', ...fields].join(','),
        'busybox',
        'sh',
        '-c',
        // The host's own directory: others test beside us.
        `touch /d/shm/${engine.bridge} && rm /d/shm/${engine.bridge}`,
      ])
    ).stderr;
  t.regex(await touch(), /Read-only/);
  t.is(await touch('bind-recursive=writable'), '');
});

rootTest('labels of a new volume; size and mode of a tmpfs', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const labels = 'type=volume,src=labeled,dst=/v,volume-label=a=b,volume-label=c';
  const tmpfs = 'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700';
  const out = await engine.ok('run', '--rm', '--mount', labels, '--mount', tmpfs, 'busybox', 'stat', '-f', '-c', '%b %S', '/t');
  const [blocks = 0, size = 0] = out.split(' ').map(Number);
  t.is(blocks * size, 1 << 20);
  t.deepEqual(JSON.parse(await engine.ok('volume', 'inspect', '-f', '{{json .Labels}}', 'labeled')), { a: 'b', c: '' });
});
