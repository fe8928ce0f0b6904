/** Limits of CPU time, block I/O and memory beyond sizes: what the kernel has of them, and does. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest, rootTestWhere } from '../helpers/root.ts';

/** The disk that temporary files are on, by its path and numbers; undefined where it is no disk (a tmpfs, a virtual machine's share). */
function findDisk(): { path: string; numbers: string } | undefined {
  const { dev } = statSync(tmpdir());
  const own = `/sys/dev/block/${Math.floor(dev / 256) % 4096}:${(dev % 256) + Math.floor(dev / 2 ** 20) * 256}`;
  const disk = existsSync(`${own}/partition`) ? `${own}/..` : own;
  if (!existsSync(`${disk}/uevent`)) return undefined;
  const path = `/dev/${/^DEVNAME=(.*)$/m.exec(readFileSync(`${disk}/uevent`, 'utf8'))?.[1]}`;
  return existsSync(path) ? { path, numbers: readFileSync(`${disk}/dev`, 'utf8').trim() } : undefined;
}

const disk = findDisk();
const diskTest = rootTestWhere(disk !== undefined, 'temporary files on a disk');
const realTimeTest = rootTestWhere(existsSync('/sys/fs/cgroup/cpu/cpu.rt_runtime_us'), 'real-time groups');

/** Run busybox with flags; what a script in it says. */
const inside = (engine: TestEngine, flags: readonly string[], script: string): Promise<string> =>
  engine.ok('run', '--rm', ...flags, 'busybox', 'sh', '-c', script);

rootTest('--cpu-quota of --cpu-period: the program is held back', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const stat = '/sys/fs/cgroup/cpu.stat';
  const out = await inside(
    engine,
    ['--cpu-period', '10000', '--cpu-quota', '1000'],
    `cd /sys/fs/cgroup; [ -e cpu.max ] && cat cpu.max || echo $(cat cpu/cpu.cfs_quota_us) $(cat cpu/cpu.cfs_period_us)
     [ -e ${stat} ] && s=${stat} || s=/sys/fs/cgroup/cpu/cpu.stat
     until grep -q "^nr_throttled [1-9]" $s; do :; done`,
  );
  t.is(out, '1000 10000');
});

realTimeTest('--cpu-rt-runtime, where the kernel has real-time groups', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const files = '/sys/fs/cgroup/cpu/cpu.rt_period_us /sys/fs/cgroup/cpu/cpu.rt_runtime_us';
  t.is(await inside(engine, ['--cpu-rt-period', '500000', '--cpu-rt-runtime', '1000'], `cat ${files}`), '500000\n1000');
});

diskTest('--device-write-bps: a disk takes no more than that', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const { path, numbers } = disk as NonNullable<typeof disk>;
  const out = await inside(
    engine,
    ['--device-write-bps', `${path}:1mb`, '--device-read-iops', `${path}:100`, '-v', `${engine.directory}:/data`],
    `cd /sys/fs/cgroup; cat io.max blkio/blkio.throttle.write_bps_device blkio/blkio.throttle.read_iops_device 2>/dev/null
     set -- $(cut -d. -f1 /proc/uptime); dd if=/dev/zero of=/data/file bs=1M count=3 oflag=direct 2>/dev/null
     echo $(($(cut -d. -f1 /proc/uptime) - $1))`,
  );
  const lines = out.split('\n');
  const seconds = Number(lines.pop());
  t.regex(lines.join(' '), new RegExp(`${numbers} (1048576 ${numbers} 100|.*wbps=1048576 riops=100)`));
  t.true(seconds >= 1, `3 MB in ${seconds} s`);
});

diskTest('a device that is none, and a weight that its scheduler can’t do', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const none = await engine.tsrun(['run', '--rm', '--device-read-bps', '/dev/nope:1mb', 'busybox', 'true']);
  t.like(none, { code: 127, stderr: 'tsrun: stat /dev/nope: no such file or directory\n' });
  const path = disk?.path ?? '';
  const weighted = await engine.tsrun(['run', '--rm', '--blkio-weight', '500', '--blkio-weight-device', `${path}:500`, 'busybox', 'true']);
  t.is(weighted.code, 0);
  // Which of both a kernel has depends on how it was built, and on the disk; what it hasn't is said.
  t.regex(
    weighted.stderr,
    /^(WARNING: Your kernel does not support Block I\/O weight(_device)? or the cgroup is not mounted. Weight(-device)? discarded.\n){0,2}$/,
  );
});

rootTest('--memory-swappiness, or that the kernel has none for groups', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const file = '/sys/fs/cgroup/memory/memory.swappiness';
  const { code, stdout, stderr } = await engine.tsrun([
    'run',
    '--rm',
    '--memory-swappiness',
    '10',
    'busybox',
    'sh',
    '-c',
    `cat ${file} || :`,
  ]);
  t.is(code, 0);
  if (existsSync(file)) t.is(stdout, '10\n');
  else t.regex(stderr, /^WARNING: Your kernel does not support memory swappiness capabilities/);
});

rootTest('--cgroup-parent: the container is in there, update and stats find it, and nobody leaves it behind', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const parent = `/${engine.bridge}/inner`;
  const flags = ['-d', '--cgroupns', 'host', '--cgroup-parent', parent, '-m', '64m'];
  const id = await engine.ok('run', ...flags, '--name', 'one', 'busybox', 'sleep', '1000');
  t.true((await engine.ok('exec', 'one', 'cat', '/proc/self/cgroup')).split('\n').every((line) => line.endsWith(`:${parent}/tsrun-${id}`)));
  await engine.ok('run', ...flags, '--name', 'two', 'busybox', 'sleep', '1000');
  await engine.ok('pause', 'one');
  t.regex(await engine.ok('ps'), /\(Paused\)/);
  await engine.ok('unpause', 'one');
  await engine.ok('update', '-m', '32m', '--memory-swap', '64m', 'one');
  t.regex(await engine.ok('stats', '--no-stream', '--format', '{{.MemUsage}}', 'one'), /\/ 32MiB$/);
  // The last one takes the directories away; the first leaves them.
  await engine.ok('rm', '-f', 'one');
  t.regex(await engine.ok('top', 'two'), /sleep 1000/);
  await engine.ok('rm', '-f', 'two');
});
