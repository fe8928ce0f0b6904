/** What the container's program finds on its disks: the image, a layer of its own, volumes, binds. */
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../helpers/command.ts';
import { PROGRAM, startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('only what is removed at its end is spared the disk’s syncs', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const words = ['busybox', 'sh', '-c', 'echo text >/file && sync && grep " / " /proc/mounts'];
  t.regex(await engine.ok('run', '--rm', ...words), /\bvolatile\b/);
  t.notRegex(await engine.ok('run', ...words), /\bvolatile\b/);
});

rootTest('what a container writes stays its own', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(
    await engine.ok(
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'echo x > /etc/passwd; rm /bin/ls; cat /etc/passwd; test -e /bin/ls || echo gone',
    ),
    'x\ngone',
  );
  t.regex(await engine.ok('run', '--rm', 'busybox', 'sh', '-c', 'head -n 1 /etc/passwd; ls -d /etc'), /^root:x:0:0:.*\n\/etc$/);
});

rootTest('--read-only, with a tmpfs to write to', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'touch /x 2>&1; echo $?; touch /tmp/x; echo $?; grep " /tmp " /proc/mounts';
  const out = await engine.ok('run', '--rm', '--read-only', '--tmpfs', '/tmp:size=1m,mode=1777', 'busybox', 'sh', '-c', script);
  t.regex(out, /Read-only file system\n1\n0\ntmpfs \/tmp tmpfs .*nosuid,nodev,noexec.*size=1024k/);
});

rootTest('a bind mount shows the host’s folder, read-only where asked', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const folder = join(engine.directory, 'shared');
  mkdirSync(folder);
  writeFileSync(join(folder, 'in'), 'from the host\n');
  t.is(
    await engine.ok('run', '--rm', '-v', `${folder}:/data`, 'busybox', 'sh', '-c', 'cat /data/in; echo back > /data/out'),
    'from the host',
  );
  t.is(readFileSync(join(folder, 'out'), 'utf8'), 'back\n');
  t.regex(
    await engine.ok('run', '--rm', '-v', `${folder}:/data:ro`, 'busybox', 'sh', '-c', 'touch /data/x 2>&1; true'),
    /Read-only file system/,
  );
  t.is(
    await engine.ok(
      'run',
      '--rm',
      '--mount',
      `type=bind,source=${join(folder, 'in')},target=/one/file,readonly`,
      'busybox',
      'cat',
      '/one/file',
    ),
    'from the host',
  );
});

rootTest('-v makes a host folder that is missing; --mount refuses', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const folder = join(engine.directory, 'not-yet');
  await engine.ok('run', '--rm', '-v', `${folder}:/data`, 'busybox', 'touch', '/data/x');
  t.true(statSync(join(folder, 'x')).isFile());
  const { code, stderr } = await engine.tsrun(['run', '--rm', '--mount', `type=bind,source=${folder}-2,target=/data`, 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /bind source path does not exist/);
});

rootTest('a user who is not root reads what was made for the container, whatever the umask of the caller', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const source = join(engine.directory, 'missing/folder');
  const paths = '/etc/hosts /etc/hostname /etc/resolv.conf /data /sys/fs/cgroup/* /';
  const words = [
    'run',
    '--rm',
    '--user',
    '1000',
    '-v',
    `${source}:/data`,
    'busybox',
    'sh',
    '-c',
    `for path in ${paths}; do test -r $path || echo $path; done`,
  ];
  const { code, stdout, stderr } = await command(...engine.network.enter('sh', ['-c', 'umask 077; exec "$@"', 'sh', PROGRAM, ...words]), {
    environment: engine.environment,
  });
  t.deepEqual([code, stdout, stderr], [0, '', '']);
  t.is(statSync(join(source, '..')).mode & 0o777, 0o755);
});

rootTest('hundreds of bind mounts', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const flags = Array.from({ length: 400 }, (_none, index) => ['-v', `${engine.directory}:/bound/${index}`]).flat();
  t.is(await engine.ok('run', '--rm', ...flags, 'busybox', 'grep', '-c', ' /bound/', '/proc/mounts'), '400');
});

rootTest('a named volume outlives its containers, and begins with the image’s files', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', '-v', 'kept:/etc', 'busybox', 'sh', '-c', 'head -c 4 /etc/passwd; echo mine > /etc/mine'), 'root');
  t.is(await engine.ok('run', '--rm', '-v', 'kept:/data', 'busybox', 'cat', '/data/mine'), 'mine');
});

rootTest('an anonymous volume goes with --rm', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--rm', '-v', '/data', 'busybox', 'touch', '/data/x');
  await engine.ok('run', '--name', 'keeper', '-v', '/data', 'busybox', 'touch', '/data/x');
  await engine.ok('rm', '-v', 'keeper');
  t.is((await engine.network.run('sh', '-c', `ls ${engine.root}/volumes | wc -l`)).trim(), '0');
});

rootTest('a link in the image does not lead a mount out of the container', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const [outside, target] = [join(engine.directory, 'outside'), join(engine.directory, 'image')];
  mkdirSync(outside);
  mkdirSync(target);
  symlinkSync(outside, join(target, 'link'));
  writeFileSync(join(outside, 'secret'), 'of the host\n');
  // In the container the link's target is a path of its own root, made there.
  const script = `ls /bound/link/ | wc -l; ls ${outside} 2>/dev/null | wc -l`;
  await engine.tsrun(['run', '--rm', '-v', `${target}:/bound`, '--tmpfs', '/bound/link', 'busybox', 'sh', '-c', script]);
  t.is(readFileSync(join(outside, 'secret'), 'utf8'), 'of the host\n');
});

rootTest('all that a layer can hold arrives: capabilities, links, owners, holes, whiteouts', async (t) => {
  const engine = await startEngine(t, 'capabilities');
  const script = `
    cd /data
    stat -c '%h' one; stat -c '%u:%g %a' owned; readlink link; readlink absolute-link
    stat -c '%s %b' sparse; stat -c '%F' fifo; cat grüße-世界
    find . -type f -name 'namename*' | wc -c; ls /removed /kept /opaque; cat /becomes-file /becomes-directory/inner
    stat -c '%a' /setuid/effective-user
  `;
  const lines = (await engine.ok('run', '--rm', 'capabilities', 'sh', '-c', script)).split('\n');
  t.deepEqual(lines.slice(0, 4), ['2', '1000:1001 640', 'one', '/data/one']);
  const [size, blocks] = (lines[4] ?? '').split(' ').map(Number);
  t.is(size, 16 << 20);
  t.true((blocks ?? 1e9) < 64, `sparse, yet ${blocks} blocks`);
  t.deepEqual(lines.slice(5), [
    'fifo', 'hello', String(2 + 'long/'.length * 40 + 'name'.length * 30 + 1),
    '/kept:', 'file', '', '/opaque:', 'new', '', '/removed:', 'back',
    'a file now', 'in a directory now', '4755',
  ]); // prettier-ignore
});

rootTest('a file capability gives a user who is not root what it says', async (t) => {
  const engine = await startEngine(t, 'capabilities');
  const out = await engine.ok('run', '--rm', '-u', 'nobody', 'capabilities', '/file-capability/grep', 'CapEff', '/proc/self/status');
  t.is(out, 'CapEff:\t0000000000002000', 'CAP_NET_RAW');
});

rootTest('/dev, /proc and /sys are Docker’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script =
    'ls /dev | tr "\\n" " "; echo; for each in /proc/keys /proc/timer_list; do wc -c < $each; done; (echo 1 > /proc/sys/kernel/panic) 2>&1; touch /sys/x 2>&1; df -k /dev/shm | tail -n 1';
  const lines = (await engine.ok('run', '--rm', 'busybox', 'sh', '-c', `${script}; true`)).split('\n');
  // /dev/core is there where the kernel has /proc/kcore.
  t.is(lines[0]?.trim().replace(/^core /, ''), 'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero');
  t.deepEqual(lines.slice(1, 3), ['0', '0']);
  t.regex(lines[3] ?? '', /Read-only file system/);
  t.regex(lines[4] ?? '', /Read-only file system/);
  t.regex(lines[5] ?? '', /^shm +65536 /);
});

rootTest('/.dockerenv tells a program where it runs, and is no change', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--name', 'marked', 'busybox', 'stat', '-c', '%a %s', '/.dockerenv'), '755 0');
  t.is(await engine.ok('diff', 'marked'), '');
  await engine.ok('commit', 'marked', 'committed');
  t.is(await engine.ok('history', '--format', '{{.Size}}', 'committed').then((sizes) => sizes.split('\n')[0]), '0B');
  const archive = join(engine.directory, 'archive.tar');
  await engine.ok('export', '-o', archive, 'marked');
  await engine.ok('import', archive, 'imported');
  await engine.ok('run', '--name', 'again', 'imported', 'true');
  t.is(await engine.ok('diff', 'again'), '');
});
