import test from 'ava';
import { buildOciConfig } from '../../src/container/oci-config.ts';
import { isTsrunError } from '../../src/model/errors.ts';
import type { OciConfig } from '../../src/oci-spec/runtime.ts';
import { compilePlan } from '../../src/process/compile-plan.ts';
import { explainClone } from '../../src/process/explain-plan.ts';
import { ociConfigInput } from '../container/oci-config-fixture.ts';
import { readJson, specFolder } from '../oci-spec/schemas.ts';
import { calls, compileMinimal, indexOf, minimalConfig, operationsOf, planOptions } from './plan-fixture.ts';

test('a default container, call by call', (t) => {
  const plan = compilePlan(buildOciConfig(ociConfigInput()), planOptions({ seccomp: { filter: new Uint8Array(16), flags: 0 } }));
  const file = (slot: string, path: string): string[] => [
    `open_tree(AT_FDCWD, "${path}", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE) -> <${slot}>`,
    `mount_setattr(<${slot}>, "", AT_EMPTY_PATH|AT_RECURSIVE, {.attr_set = 0, .attr_clr = 0, .propagation = MS_PRIVATE})`,
  ];
  t.deepEqual(calls(plan.before), [
    ...file('mount:8', '/c/resolv.conf'),
    ...file('mount:9', '/c/hostname'),
    ...file('mount:10', '/c/hosts'),
  ]);
  t.is(
    explainClone(plan.clone).call,
    'clone3({.flags = CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWPID|CLONE_INTO_CGROUP, .cgroup = <cgroup>, .exit_signal = SIGCHLD})',
  );
  t.deepEqual(calls(plan.child), [
    'prctl(PR_SET_PDEATHSIG, SIGKILL)',
    'write("/proc/self/oom_score_adj", "0")',
    'setns(<network>, CLONE_NEWNET)',
    'unshare(CLONE_NEWCGROUP)',
    'setsid()',
    'keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses.box")',
    'sethostname("c0ffee000000")',
    'mount("none", "/", "", MS_REC|MS_SLAVE, "")',
    'chdir("/var/lib/tsrun/layers"); mount("overlay", "/run/tsrun/root", "overlay", 0, "lowerdir=top:bottom,upperdir=/c/upper,workdir=/c/work,index=off")',
    'chdir("/run/tsrun/root"); pivot_root(".", ".")',
    'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, "")',
    'open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY); write("0")',
    'open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY); write("0 2147483647")',
    'mount("tmpfs", "/dev", "tmpfs", MS_NOSUID|MS_STRICTATIME, "mode=755,size=65536k")',
    'mknod("/dev/null", 020666, makedev(1, 3))',
    'mknod("/dev/zero", 020666, makedev(1, 5))',
    'mknod("/dev/full", 020666, makedev(1, 7))',
    'mknod("/dev/random", 020666, makedev(1, 8))',
    'mknod("/dev/urandom", 020666, makedev(1, 9))',
    'mknod("/dev/tty", 020666, makedev(5, 0))',
    'symlink("/proc/self/fd", "/dev/fd")',
    'symlink("/proc/self/fd/0", "/dev/stdin")',
    'symlink("/proc/self/fd/1", "/dev/stdout")',
    'symlink("/proc/self/fd/2", "/dev/stderr")',
    'symlink("pts/ptmx", "/dev/ptmx")',
    'mount("devpts", "/dev/pts", "devpts", MS_NOSUID|MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5")',
    'mount("sysfs", "/sys", "sysfs", MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC, "")',
    'mount("cgroup", "/sys/fs/cgroup", "cgroup2", MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC, "")',
    'mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID|MS_NODEV|MS_NOEXEC, "")',
    'mount("shm", "/dev/shm", "tmpfs", MS_NOSUID|MS_NODEV|MS_NOEXEC, "mode=1777,size=67108864")',
    'move_mount(<mount:8>, "", AT_FDCWD, "/etc/resolv.conf", MOVE_MOUNT_F_EMPTY_PATH)',
    'move_mount(<mount:9>, "", AT_FDCWD, "/etc/hostname", MOVE_MOUNT_F_EMPTY_PATH)',
    'move_mount(<mount:10>, "", AT_FDCWD, "/etc/hosts", MOVE_MOUNT_F_EMPTY_PATH)',
    'open("/dev/null", O_PATH|O_NOFOLLOW|O_CLOEXEC) -> <null>; fstat: S_IFCHR 1:3',
    'fchown(…, 0, 0); dup2 to 0, 1, 2',
    'umount2(".", MNT_DETACH); chdir("/")',
    ...['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map(
      (name) => `mount("/proc/${name}", "/proc/${name}", NULL, MS_BIND|MS_REC); remount with MS_RDONLY`,
    ),
    ...[
      ...['acpi', 'asound', 'interrupts', 'kcore', 'keys', 'latency_stats', 'sched_debug', 'scsi', 'timer_list', 'timer_stats'].map(
        (name) => `/proc/${name}`,
      ),
      '/sys/devices/virtual/powercap',
      '/sys/firmware',
    ].map((path) => `move_mount(<null> or an empty read-only tmpfs, "${path}")`),
    'chdir("/"); getcwd()',
    'umask(022)',
    'prlimit(0, RLIMIT_NOFILE, {1048576, 1048576}); EPERM: prlimit(0, RLIMIT_NOFILE, {hard, hard})',
    'prlimit(0, RLIMIT_NPROC, {unlimited, unlimited}); EPERM: prlimit(0, RLIMIT_NPROC, {hard, hard})',
    'prctl(PR_CAPBSET_DROP, …) for all others',
    'seccomp(SECCOMP_SET_MODE_FILTER, 0, 2 instructions)',
    'setgroups([0]); setresgid(0, 0, 0); setresuid(0, 0, 0)',
    'capset({effective 0xa80425fb, permitted 0xa80425fb, inheritable 0x0}); ambient 0x0',
    'prctl(PR_SET_PDEATHSIG, SIGKILL)',
    'execve("/usr/local/sbin/sh" or "/usr/local/bin/sh" or "/usr/sbin/sh" or "/usr/bin/sh" or "/sbin/sh" or "/bin/sh", ["sh"], [3 variables])',
  ]);
});

test('cgroups are entered before their namespace is made, and the user mapping comes after them', (t) => {
  const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { child, clone } = compileMinimal(
    { linux: { namespaces: [{ type: 'mount' }, { type: 'cgroup' }, { type: 'user' }], uidMappings: mapping, gidMappings: mapping } },
    { cgroupJoins: ['/sys/fs/cgroup/cpu/x/cgroup.procs', '/sys/fs/cgroup/memory/x/cgroup.procs'] },
  );
  t.deepEqual(
    operationsOf(child, 'writeFile').map(({ path, data }) => [path, data]),
    [
      ['/sys/fs/cgroup/cpu/x/cgroup.procs', '0'],
      ['/sys/fs/cgroup/memory/x/cgroup.procs', '0'],
    ],
  );
  t.true(indexOf(child, 'writeFile', 'memory') < indexOf(child, 'awaitIdMaps'));
  t.true(indexOf(child, 'awaitIdMaps') < indexOf(child, 'unshare'));
  t.is(clone.uidMap, '0 100000 65536\n');
  t.is(clone.gidMap, '0 100000 65536\n');
});

test('in a user namespace the devices are bound, and the sysfs of a network from elsewhere too', (t) => {
  const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const spec = minimalConfig({
    mounts: [
      { destination: '/dev', type: 'tmpfs' },
      { destination: '/sys', type: 'sysfs', options: ['ro'] },
    ],
    linux: { namespaces: [{ type: 'mount' }, { type: 'network' }, { type: 'user' }], uidMappings: mapping, gidMappings: mapping },
  });
  const joined = compilePlan(spec, planOptions({ handles: { network: 'network' } }));
  t.deepEqual(operationsOf(joined.child, 'makeNode'), []);
  t.deepEqual(
    operationsOf(joined.before, 'openTree').map(({ path }) => path),
    ['rootfs', 'null', 'zero', 'full', 'random', 'urandom', 'tty', ''].map((name, index) =>
      index === 0 ? '/bundle/rootfs' : index === 7 ? '/sys' : `/dev/${name}`,
    ),
  );
  const fresh = compilePlan(spec, planOptions({ handles: {} }));
  t.is(operationsOf(fresh.child, 'mount').filter(({ type }) => type === 'sysfs').length, 1);
});

test('a filter comes before the user, unless no_new_privs lets it come last', (t) => {
  const seccomp = { filter: new Uint8Array(8), flags: 0 };
  const early = compileMinimal({}, { seccomp }).child;
  t.true(indexOf(early, 'limitBounding') < indexOf(early, 'seccomp'));
  t.true(indexOf(early, 'seccomp') < indexOf(early, 'setUser'));
  const late = compileMinimal({ process: { cwd: '/', args: ['sh'], noNewPrivileges: true } }, { seccomp }).child;
  t.true(indexOf(late, 'noNewPrivileges') < indexOf(late, 'setUser'));
  t.deepEqual(
    late.slice(-2).map(({ op }) => op),
    ['seccomp', 'execute'],
  );
});

test('a config.json with seccomp has no plan without its filter', (t) => {
  const error = t.throws(() =>
    compileMinimal({ linux: { namespaces: [{ type: 'mount' }], seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } } }),
  );
  t.true(isTsrunError(error, 'INTERNAL'));
});

test('limits are set after the last descriptor is opened, and while they may be raised', (t) => {
  const { child } = compileMinimal({
    process: { cwd: '/work', args: ['sh'], terminal: true, rlimits: [{ type: 'RLIMIT_NOFILE', soft: 3, hard: 3 }] },
  });
  const limit = indexOf(child, 'setRlimit');
  for (const earlier of ['openTerminal', 'changeDirectory', 'detachOldRoot'] as const) t.true(indexOf(child, earlier) < limit, earlier);
  t.true(limit < indexOf(child, 'setUser'));
});

test('the working directory is made before the root is read-only, and entered after the masks', (t) => {
  const { child } = compileMinimal({
    process: { cwd: '/work/deep', args: ['sh'] },
    root: { path: 'rootfs', readonly: true },
    linux: { namespaces: [{ type: 'mount' }], maskedPaths: ['/proc/kcore'], readonlyPaths: ['/proc/sys'] },
  });
  t.true(indexOf(child, 'makeDirectory', '/work/deep') < indexOf(child, 'mountSetattr', 'MOUNT_ATTR_RDONLY'));
  t.true(indexOf(child, 'maskPath') < indexOf(child, 'changeDirectory'));
  t.true(indexOf(child, 'readonlyPath') < indexOf(child, 'changeDirectory'));
});

test('a plain root file system is cloned on the host and moved to the mount point', (t) => {
  const { before, child } = compileMinimal();
  t.deepEqual(before.slice(0, 2), [
    { op: 'openTree', path: '/bundle/rootfs', recursive: true, slot: 'root' },
    { op: 'mountSetattr', slot: 'root', set: 0, clear: 0, propagation: 0x40000, recursive: true },
  ]);
  t.deepEqual(operationsOf(child, 'moveMount')[0], { op: 'moveMount', slot: 'root', target: '/run/tsrun/root', kind: 'directory' });
});

test('namespaces are joined by path: the PID one before the clone, others in the child', (t) => {
  const { before, child, clone } = compileMinimal({
    linux: {
      namespaces: [
        { type: 'mount' },
        { type: 'pid', path: '/proc/9/ns/pid' },
        { type: 'network', path: '/proc/9/ns/net' },
        { type: 'ipc' },
      ],
    },
  });
  t.deepEqual(calls(before).slice(0, 3), [
    'open("/proc/9/ns/pid", O_RDONLY|O_CLOEXEC) -> <namespace:pid>',
    'setns(<namespace:pid>, CLONE_NEWPID)',
    'open("/proc/9/ns/net", O_RDONLY|O_CLOEXEC) -> <namespace:network>',
  ]);
  t.true(calls(child).includes('setns(<namespace:network>, CLONE_NEWNET)'));
  t.is(explainClone(clone).call, 'clone3({.flags = CLONE_NEWNS|CLONE_NEWIPC, .exit_signal = SIGCHLD})');
});

test('a descriptor that was handed over wins over the path of config.json', (t) => {
  const { before, child } = compileMinimal(
    { linux: { namespaces: [{ type: 'mount' }, { type: 'pid', path: '/proc/9/ns/pid' }, { type: 'ipc', path: '/proc/9/ns/ipc' }] } },
    { handles: { namespaces: { pid: 'other', ipc: 'other' } } },
  );
  t.is(calls(before)[0], 'setns(<other>, CLONE_NEWPID)');
  t.true(calls(child).includes('setns(<other>, CLONE_NEWIPC)'));
  t.deepEqual(operationsOf(before, 'open'), []);
});

test('a time namespace gets its offsets before the clone', (t) => {
  const { before } = compileMinimal({
    linux: {
      namespaces: [{ type: 'mount' }, { type: 'time' }],
      timeOffsets: { monotonic: { secs: 5, nanosecs: 6 }, boottime: { secs: -7 } },
    },
  });
  t.deepEqual(calls(before).slice(0, 2), [
    'unshare(CLONE_NEWTIME)',
    String.raw`open("/proc/self/timens_offsets", O_WRONLY); write("monotonic 5 6\nboottime -7 0\n")`,
  ]);
});

test('propagation is never shared while mounts are made', (t) => {
  for (const rootfsPropagation of ['private', 'shared', 'slave', 'unbindable'] as const) {
    const { child } = compileMinimal({ linux: { namespaces: [{ type: 'mount' }], rootfsPropagation } });
    t.is(
      calls(operationsOf(child, 'mount'))[0],
      `mount("none", "/", "", MS_REC|${rootfsPropagation === 'private' ? 'MS_PRIVATE' : 'MS_SLAVE'}, "")`,
    );
    const after = calls(child.slice(indexOf(child, 'detachOldRoot') + 1, indexOf(child, 'changeDirectory')));
    const asked = { shared: 'MS_SHARED', unbindable: 'MS_UNBINDABLE' }[rootfsPropagation as string];
    t.is(after.filter((call) => asked !== undefined && call.includes(asked)).length, asked === undefined ? 0 : 1);
  }
});

test('what is not supported is refused by its name', (t) => {
  const cases: [string, Partial<OciConfig>][] = [
    ['vm', { vm: { kernel: { path: '/k' } } }],
    ['windows', { windows: { layerFolders: ['x'] } }],
    ['hooks.prestart', { hooks: { prestart: [{ path: '/bin/true' }] } }],
    ['linux.intelRdt', { linux: { namespaces: [{ type: 'mount' }], intelRdt: { closID: 'x' } } }],
    ['linux.mountLabel', { linux: { namespaces: [{ type: 'mount' }], mountLabel: 'x' } }],
    ['process.apparmorProfile', { process: { cwd: '/', args: ['sh'], apparmorProfile: 'x' } }],
    ['process.scheduler', { process: { cwd: '/', args: ['sh'], scheduler: { policy: 'SCHED_FIFO' } } }],
    ['linux.personality.flags', { linux: { namespaces: [{ type: 'mount' }], personality: { domain: 'LINUX', flags: ['x'] } } }],
    ['linux.namespaces', { linux: { namespaces: [] } }],
    ['linux.namespaces', { linux: { namespaces: [{ type: 'mount' }, { type: 'user', path: '/x' }] } }],
    [
      'mounts[0].uidMappings',
      { mounts: [{ destination: '/x', type: 'bind', source: '/y', uidMappings: [{ containerID: 0, hostID: 0, size: 1 }] }] },
    ],
  ];
  for (const [name, changes] of cases) {
    const error = t.throws(() => compileMinimal(changes), undefined, name);
    t.true(isTsrunError(error, 'UNSUPPORTED'), name);
    t.true(error.message.startsWith(`${name}: `), error.message);
  }
  t.notThrows(
    () => compileMinimal({ hooks: { prestart: [] }, linux: { namespaces: [{ type: 'mount' }], intelRdt: {} } }),
    'an empty one says nothing',
  );
});

test('what a config.json can not mean is refused', (t) => {
  const cases: [RegExp, Partial<OciConfig>][] = [
    [/UTS namespace/, { hostname: 'x' }],
    [/process\.args/, { process: { cwd: '/', args: [] } }],
    [/given twice/, { linux: { namespaces: [{ type: 'mount' }, { type: 'mount' }] } }],
    [/needs mappings/, { linux: { namespaces: [{ type: 'mount' }, { type: 'user' }] } }],
    [/unknown capability: "CAP_FOO"/, { process: { cwd: '/', args: ['sh'], capabilities: { bounding: ['CAP_FOO'] } } }],
    [/needs a mount of type proc/, { linux: { namespaces: [{ type: 'mount' }, { type: 'network' }], sysctl: { 'net.x': '1' } } }],
  ];
  for (const [words, changes] of cases) {
    const error = t.throws(() => compileMinimal(changes), { message: words });
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
  }
});

test('init stays behind right before the program, and a start is waited for before anything is given up', (t) => {
  const { child } = compileMinimal({}, { init: true, handles: { start: 'start' } });
  t.deepEqual(
    child.slice(-2).map(({ op }) => op),
    ['forkInit', 'execute'],
  );
  t.true(indexOf(child, 'awaitStart') < indexOf(child, 'limitBounding'));
});

const folder = specFolder('runtime-spec');
(folder === undefined ? test.skip : test)(
  "of the specification's examples, what is not done is refused by name and the rest has a plan",
  (t) => {
    const example = readJson(`${folder}test/config/good/spec-example.json`) as OciConfig;
    const refused = ['hooks.prestart', 'hooks.createRuntime', 'process.apparmorProfile', 'linux.intelRdt'];
    const error = t.throws(() => compilePlan(example, planOptions()));
    t.true(isTsrunError(error, 'UNSUPPORTED'));
    t.true(
      refused.some((name) => error.message.startsWith(name)),
      error.message,
    );
    const { hooks: _hooks, ...rest } = example;
    const {
      apparmorProfile: _a,
      selinuxLabel: _s,
      ioPriority: _i,
      scheduler: _c,
      execCPUAffinity: _e,
      ...process
    } = rest.process ?? { cwd: '/' };
    const { intelRdt: _r, mountLabel: _m, netDevices: _n, memoryPolicy: _p, personality: _q, ...linux } = rest.linux ?? {};
    const namespaces = linux.namespaces?.map(({ type }) => ({ type })) ?? [];
    const spec: OciConfig = {
      ...rest,
      process,
      mounts: rest.mounts?.map(({ uidMappings: _u, gidMappings: _g, ...mount }) => mount) ?? [],
      linux: { ...linux, namespaces, sysctl: { 'net.ipv4.ip_forward': '1' } },
    };
    const plan = compilePlan(spec, planOptions({ handles: {}, seccomp: { filter: new Uint8Array(8), flags: 0 } }));
    t.is(plan.child.at(-1)?.op, 'execute');
  },
);
