import { join } from 'node:path';
import test from 'ava';
import { containerCgroupMounts, controllerHierarchy, detectCgroups, parseCgroupMounts } from '../../../src/kernel/cgroup/index.ts';
import { command } from '../../helpers/command.ts';
import { rootTest } from '../../helpers/root.ts';

const none = (): string => '';

test('a v2 host has one tree, and its controllers are read from it', (t) => {
  const text =
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
  const layout = parseCgroupMounts(text, (mountPoint) => (mountPoint === '/sys/fs/cgroup' ? 'cpuset cpu io memory pids\n' : ''));
  t.deepEqual(layout, {
    kind: 'v2',
    hierarchies: [{ version: 2, controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'], mountPoint: '/sys/fs/cgroup' }],
  });
  t.deepEqual(containerCgroupMounts(layout, '/tsrun-1').hierarchies, [
    { name: 'unified', type: 'cgroup2', options: '', directory: '/sys/fs/cgroup/tsrun-1' },
  ]);
});

const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:33 /docker/x /mnt/devices rw,relatime - cgroup cgroup rw,devices
37 31 0:33 / /sys/fs/cgroup/dev\\040ices rw,relatime - cgroup cgroup rw,devices
38 31 0:33 / /second rw,relatime - cgroup cgroup rw,devices
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

test('a hybrid host has v1 hierarchies and a v2 tree; of a hierarchy mounted twice the whole, first one counts', (t) => {
  const layout = parseCgroupMounts(HYBRID, none);
  t.is(layout.kind, 'hybrid');
  t.deepEqual(
    layout.hierarchies.map(({ mountPoint }) => mountPoint),
    ['/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/dev ices', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'],
  );
  t.deepEqual(controllerHierarchy(layout, 'cpuacct')?.controllers, ['cpu', 'cpuacct']);
  t.is(controllerHierarchy(layout, 'systemd'), undefined);
  t.deepEqual(
    containerCgroupMounts(layout, '/c').hierarchies.map(({ name, options }) => [name, options]),
    [
      ['cpu,cpuacct', 'cpu,cpuacct'],
      ['memory', 'memory'],
      ['devices', 'devices'],
      ['systemd', 'none,name=systemd'],
      ['unified', ''],
    ],
  );
});

test('without a v2 mount it is v1; without any, v2 with nothing', (t) => {
  t.is(parseCgroupMounts(HYBRID.split('\n').slice(0, -2).join('\n'), none).kind, 'v1');
  t.deepEqual(parseCgroupMounts('', none), { kind: 'v2', hierarchies: [] });
});

test('a path or device that only looks like a cgroup mount is none', (t) => {
  t.deepEqual(
    parseCgroupMounts('36 31 0:33 / /mnt rw - cgroupish cgroup rw\n37 31 8:1 / /a\\040-\\040cgroup rw - ext4 /dev/x rw\n', none)
      .hierarchies,
    [],
  );
});

test('this host has an answer, and the same one until the mounts change', (t) => {
  const found = detectCgroups();
  t.true(['v1', 'hybrid', 'v2'].includes(found.kind));
  // Other tests mount things meanwhile, but not all the time.
  t.true(Array.from({ length: 1000 }, () => detectCgroups() === detectCgroups()).includes(true));
});

rootTest('mounts that change change the answer', async (t) => {
  const program = `const { execFileSync } = await import('node:child_process');
    const { detectCgroups } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/kernel/cgroup/index.ts'))});
    const before = detectCgroups().hierarchies;
    // In a mount namespace of its own: the host's stay.
    execFileSync('umount', ['--lazy', before.at(-1).mountPoint]);
    console.log(JSON.stringify(detectCgroups().hierarchies) === JSON.stringify(before.slice(0, -1)));`;
  const { stdout, stderr } = await command('unshare', ['--mount', process.execPath, '--input-type=module', '--eval', program]);
  t.is(stdout, 'true\n', stderr);
});
