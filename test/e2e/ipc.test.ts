/** `--ipc`: shared memory of its own, of another container, or none. */
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('--ipc container:ID shares System V IPC and /dev/shm, also with those that joined', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'echo hello >/dev/shm/word; sleep 1000';
  await engine.ok('run', '-d', '--name', 'donor', '--ipc', 'shareable', '--shm-size', '5m', 'busybox', 'sh', '-c', script);
  const seen = 'until cat /dev/shm/word 2>/dev/null; do :; done; readlink /proc/self/ns/ipc; grep shm /proc/self/mounts';
  const [word, namespace, mount = ''] = (await engine.ok('run', '--rm', '--ipc', 'container:donor', 'busybox', 'sh', '-c', seen)).split(
    '\n',
  );
  t.is(word, 'hello');
  t.is(namespace, await engine.ok('exec', 'donor', 'readlink', '/proc/self/ns/ipc'));
  t.regex(mount, /^shm \/dev\/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=5120k/);
  await engine.ok('run', '-d', '--name', 'joined', '--ipc', 'container:donor', 'busybox', 'sleep', '1000');
  await engine.ok('run', '--rm', '--ipc', 'container:joined', 'busybox', 'touch', '/dev/shm/from-third');
  t.is(await engine.ok('exec', 'donor', 'ls', '/dev/shm'), 'from-third\nword');
});

rootTest('who keeps its IPC for itself, or does not run, is not joined', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'alone', 'busybox', 'sleep', '1000');
  const alone = await engine.tsrun(['run', '--rm', '--ipc', 'container:alone', 'busybox', 'true']);
  t.is(alone.code, 125);
  t.is(alone.stderr, `tsrun: can't join IPC of container ${id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)\n`);
  const stopped = await engine.ok('create', '--name', 'stopped', '--ipc', 'shareable', 'busybox', 'true');
  const { stderr } = await engine.tsrun(['run', '--rm', '--ipc', 'container:stopped', 'busybox', 'true']);
  t.is(stderr, `tsrun: can't join IPC of container ${stopped}: container ${stopped} is not running\n`);
});

rootTest('a donor that puts something else in the place of its /dev/shm shares nothing of the host', async (t) => {
  const engine = await startEngine(t, 'busybox');
  // It may mount, so it may replace what others would get.
  const script = 'umount /dev/shm && rmdir /dev/shm && ln -s /proc /dev/shm && echo done && sleep 1000';
  const privileges = ['--cap-add', 'SYS_ADMIN', '--security-opt', 'seccomp=unconfined'];
  await engine.ok('run', '-d', '--name', 'hostile', '--ipc', 'shareable', ...privileges, 'busybox', 'sh', '-c', script);
  await engine.ok('exec', 'hostile', 'sh', '-c', 'until [ -L /dev/shm ]; do :; done');
  const { code, stderr } = await engine.tsrun(['run', '--rm', '--ipc', 'container:hostile', 'busybox', 'ls', '/dev/shm']);
  t.is(code, 125);
  t.regex(stderr, /its \/dev\/shm is gone \(ELOOP\)/);
});

rootTest('--ipc none has no /dev/shm', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', '--ipc', 'none', 'busybox', 'sh', '-c', 'ls /dev/shm 2>/dev/null || echo none'), 'none');
});
