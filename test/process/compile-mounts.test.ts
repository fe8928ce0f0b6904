import test from 'ava';
import { isTsrunError } from '../../src/model/errors.ts';
import type { OciMount } from '../../src/oci-spec/runtime.ts';
import type { PlanOptions } from '../../src/process/compile-options.ts';
import { calls, compileMinimal, indexOf, operationsOf } from './plan-fixture.ts';

const V1: PlanOptions['cgroupMounts'] = {
  kind: 'hybrid',
  hierarchies: [
    { name: 'cpu,cpuacct', type: 'cgroup', options: 'cpu,cpuacct', directory: '/sys/fs/cgroup/cpu,cpuacct/tsrun-1' },
    { name: 'systemd', type: 'cgroup', options: 'none,name=systemd', directory: '/sys/fs/cgroup/systemd/tsrun-1' },
    { name: 'unified', type: 'cgroup2', options: '', directory: '/sys/fs/cgroup/unified/tsrun-1' },
  ],
};
const CGROUP: OciMount = { destination: '/sys/fs/cgroup', type: 'cgroup', options: ['ro', 'nosuid', 'noexec', 'nodev'] };

/** Calls that one bind mount with these options makes before the clone. */
function bind(...options: string[]): string[] {
  const { before } = compileMinimal({ mounts: [{ destination: '/x', type: 'bind', source: '/host', options }] });
  return calls(before.slice(2)).map((call) => call.replace(/^mount_setattr\(<mount:0>, "", AT_EMPTY_PATH/, 'setattr('));
}

test('a bind mount is cloned on the host, with as few changes as say the same', (t) => {
  const clone = 'open_tree(AT_FDCWD, "/host", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC) -> <mount:0>';
  const deep = clone.replace('OPEN_TREE_CLOEXEC', 'OPEN_TREE_CLOEXEC|AT_RECURSIVE');
  const set = (attributes: string, propagation: string): string =>
    `, {.attr_set = ${attributes}, .attr_clr = 0, .propagation = ${propagation}})`;
  t.deepEqual(bind('bind'), [clone, `setattr(${set('0', 'MS_SLAVE')}`]);
  t.deepEqual(bind('bind', 'private', 'ro', 'nosuid'), [clone, `setattr(${set('MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID', 'MS_PRIVATE')}`]);
  t.deepEqual(bind('rbind', 'rro', 'rprivate'), [deep, `setattr(|AT_RECURSIVE${set('MOUNT_ATTR_RDONLY', 'MS_PRIVATE')}`]);
  t.deepEqual(bind('rbind', 'ro', 'rshared'), [
    deep,
    `setattr(|AT_RECURSIVE${set('0', 'MS_SHARED')}`,
    `setattr(${set('MOUNT_ATTR_RDONLY', '0')}`,
  ]);
  t.deepEqual(
    bind('bind', 'private', 'rw', 'noatime')[1],
    `setattr(, {.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = ${atimeMask()}, .propagation = MS_PRIVATE})`,
  );
});

function atimeMask(): string {
  // The mask has no name of one bit; RDONLY is cleared because `rw` was said.
  return 'MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOATIME|MOUNT_ATTR_STRICTATIME|0x40';
}

test('relative sources begin at the bundle', (t) => {
  const { before } = compileMinimal({ mounts: [{ destination: '/x', source: 'data', options: ['bind'] }] });
  t.is(operationsOf(before, 'openTree')[1]?.path, '/bundle/data');
});

test('mounts keep the order of config.json, with devices right after /dev and sysctls right after /proc', (t) => {
  const { child } = compileMinimal({
    mounts: [
      { destination: '/proc', type: 'proc' },
      { destination: '/dev', type: 'tmpfs' },
      { destination: '/dev/null', source: '/host/null', options: ['bind'] },
      { destination: '/data', type: 'tmpfs', options: ['ro', 'size=1m'] },
      { destination: '/data/deep', source: '/host', options: ['bind'] },
    ],
    linux: { namespaces: [{ type: 'mount' }, { type: 'network' }], sysctl: { 'net.ipv4.ip_forward': '1' } },
  });
  const order = [
    indexOf(child, 'mount', '"/proc"'),
    indexOf(child, 'writeFile', 'ip_forward'),
    indexOf(child, 'mount', '"/dev"'),
    indexOf(child, 'makeNode', '/dev/null'),
    indexOf(child, 'moveMount', '/dev/null'),
    indexOf(child, 'mount', '"/data"'),
    indexOf(child, 'moveMount', '/data/deep'),
    indexOf(child, 'mountSetattr', '"/data"'),
  ];
  t.deepEqual(
    order,
    order.toSorted((one, other) => one - other),
  );
  t.is(operationsOf(child, 'mount').find(({ target }) => target === '/data')?.flags, 0, 'writable while mount points are made in it');
});

test('a /dev that was bound is left alone; without a mount the image gets the nodes', (t) => {
  const bound = compileMinimal({ mounts: [{ destination: '/dev', source: '/dev', options: ['rbind'] }] }).child;
  t.deepEqual([...operationsOf(bound, 'makeNode'), ...operationsOf(bound, 'makeSymlink')], []);
  const plain = compileMinimal().child;
  t.true(indexOf(plain, 'pivotRoot') < indexOf(plain, 'makeDirectory', '"/dev"'));
  t.is(operationsOf(plain, 'makeNode').length, 6);
});

test('devices of config.json: kinds, owners, directories, and one in the place of a default', (t) => {
  const { child } = compileMinimal({
    linux: {
      namespaces: [{ type: 'mount' }],
      devices: [
        { type: 'b', path: '/dev/disk/a', major: 8, minor: 1, fileMode: 0o640, uid: 0, gid: 6 },
        { type: 'p', path: '/dev/pipe' },
        { type: 'c', path: '/dev/ptmx', major: 5, minor: 2 },
        { type: 'c', path: '/dev/tty', major: 4, minor: 1, fileMode: 0o600 },
      ],
    },
  });
  const nodes = operationsOf(child, 'makeNode').slice(-3);
  t.deepEqual(nodes, [
    { op: 'makeNode', path: '/dev/tty', mode: 0o020600, major: 4, minor: 1 },
    { op: 'makeNode', path: '/dev/disk/a', mode: 0o060640, major: 8, minor: 1, uid: 0, gid: 6 },
    { op: 'makeNode', path: '/dev/pipe', mode: 0o010666, major: 0, minor: 0 },
  ]);
  t.true(indexOf(child, 'makeSymlink', '/dev/ptmx') > 0, "the host's terminals are not ours");
  t.true(indexOf(child, 'makeDirectory', '/dev/disk') < indexOf(child, 'makeNode', '/dev/disk/a'));
});

test('/dev/core is there where /proc/kcore is', (t) => {
  t.is(operationsOf(compileMinimal({}, { hasKcore: true }).child, 'makeSymlink').at(-1)?.path, '/dev/core');
  t.false(operationsOf(compileMinimal().child, 'makeSymlink').some(({ path }) => path === '/dev/core'));
});

test('v1 and hybrid: a tmpfs, each hierarchy anew in a namespace of its own, links for shared ones', (t) => {
  const { child } = compileMinimal(
    { mounts: [CGROUP], linux: { namespaces: [{ type: 'mount' }, { type: 'cgroup' }] } },
    { cgroupMounts: V1 },
  );
  const first = indexOf(child, 'mount', '"tmpfs", "/sys/fs/cgroup"');
  const flags = 'MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC';
  t.deepEqual(calls(child.slice(first, first + 7)), [
    'mount("tmpfs", "/sys/fs/cgroup", "tmpfs", MS_NOSUID|MS_NODEV|MS_NOEXEC, "mode=755")',
    `mount("cgroup", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", ${flags}, "cpu,cpuacct")`,
    `mount("cgroup", "/sys/fs/cgroup/systemd", "cgroup", ${flags}, "none,name=systemd")`,
    `mount("cgroup", "/sys/fs/cgroup/unified", "cgroup2", ${flags}, "")`,
    'symlink("cpu,cpuacct", "/sys/fs/cgroup/cpu")',
    'symlink("cpu,cpuacct", "/sys/fs/cgroup/cpuacct")',
    'mount_setattr(AT_FDCWD, "/sys/fs/cgroup", 0, {.attr_set = MOUNT_ATTR_RDONLY, .attr_clr = 0, .propagation = 0})',
  ]);
});

test("v1 without a cgroup namespace: the container's own directories are bound", (t) => {
  const { before, child } = compileMinimal({ mounts: [CGROUP] }, { cgroupMounts: V1 });
  t.deepEqual(
    operationsOf(before, 'openTree')
      .slice(1)
      .map(({ path, slot }) => [path, slot]),
    V1.hierarchies.map(({ directory, name }) => [directory, `cgroup:${name}`]),
  );
  t.is(operationsOf(child, 'moveMount').filter(({ target }) => target.startsWith('/sys/fs/cgroup/')).length, 3);
});

test('nothing but proc itself covers /proc', (t) => {
  const cases: [OciMount, string][] = [
    [
      { destination: '/proc', source: '/tmp', type: 'bind' },
      'error mounting "/tmp" to rootfs at "/proc": "/proc" cannot be mounted because it is not of type proc',
    ],
    [
      { destination: '/proc/../proc//sys/', source: '/tmp', type: 'bind' },
      'error mounting "/tmp" to rootfs at "/proc/sys": "/proc/sys" cannot be mounted because it is inside /proc',
    ],
    [
      { destination: '/proc/self', type: 'tmpfs' },
      'error mounting "tmpfs" to rootfs at "/proc/self": "/proc/self" cannot be mounted because it is inside /proc',
    ],
  ];
  for (const [mount, message] of cases)
    t.true(
      isTsrunError(
        t.throws(() => compileMinimal({ mounts: [mount] }), { message }),
        'INVALID_ARGUMENT',
      ),
    );
  t.notThrows(() => compileMinimal({ mounts: [{ destination: '/proc/cpuinfo', source: '/lxcfs/cpuinfo', type: 'bind' }] }));
});

test('mounts that can not be are refused', (t) => {
  const cases: [OciMount, RegExp][] = [
    [{ destination: '/', type: 'tmpfs' }, /only an overlay/],
    [{ destination: '/x' }, /needs a type/],
    [{ destination: '/x', type: 'bind' }, /mounts\[0\]\.source/],
    [{ destination: '/x', type: 'bind', source: '/y', options: ['size=1'] }, /"size=1" is no option of a bind mount/],
    [{ destination: '/x', type: 'tmpfs', options: ['tmpcopyup'] }, /mounts\[0\]\.options: "tmpcopyup" is not supported/],
    [{ destination: '/', type: 'overlay', options: ['upperdir=x'] }, /lowerdir=/],
  ];
  for (const [mount, words] of cases) t.throws(() => compileMinimal({ mounts: [mount] }), { message: words });
});

test('names of layers with colons and backslashes', (t) => {
  const { child } = compileMinimal({
    mounts: [{ destination: '/', type: 'overlay', options: ['directory=/l', String.raw`lowerdir=a\:b:c\\d:e`, 'ro', 'index=off'] }],
  });
  t.deepEqual(operationsOf(child, 'mountOverlay')[0], {
    op: 'mountOverlay',
    target: '/run/tsrun/root',
    directory: '/l',
    lower: ['a:b', String.raw`c\d`, 'e'],
    flags: 1,
    options: 'index=off',
  });
});
