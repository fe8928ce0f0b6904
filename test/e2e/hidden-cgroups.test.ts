/** Called where the host's cgroup tree isn't seen, as by `ip netns exec`, which mounts a /sys of its own. */
import { command } from '../helpers/command.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../bin/tsrun');

rootTest('exec and run say that cgroups are hidden, and leave nothing', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'seen', 'busybox', 'sleep', '1000');
  const hiding = {
    covered: 'mount -t tmpfs none /sys/fs/cgroup',
    // A fresh sysfs has an empty directory there.
    gone: 'umount -R -l /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup',
  };
  const call = (how: string, ...words: string[]): ReturnType<typeof command> =>
    command(...engine.network.enter('unshare', ['--mount', 'sh', '-c', `${how}; exec "$@"`, 'sh', PROGRAM, ...words]), {
      environment: engine.environment,
    });
  for (const [name, how] of Object.entries(hiding)) {
    const { code, stdout, stderr } = await call(how, 'exec', 'seen', 'echo', 'hi');
    t.is(stdout, '', name);
    t.not(code, 0, name);
    t.regex(stderr, /cannot join the cgroup of container [0-9a-f]{64}: \/tsrun-[0-9a-f]{64} is not seen from here\nrun tsrun where/, name);
  }
  const run = await call(hiding.covered, 'run', '--rm', 'busybox', 'true');
  t.is(run.code, 125);
  t.regex(run.stderr, /the cgroup tree at \/sys\/fs\/cgroup\S* is not seen from here: something else is mounted over it/);
  t.is(await engine.ok('exec', 'seen', 'echo', 'hi'), 'hi', 'elsewhere all is well');
});
