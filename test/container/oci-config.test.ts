import test from 'ava';
import fc from 'fast-check';
import { buildOciConfig } from '../../src/container/oci-config.ts';
import type { OciConfigInput } from '../../src/container/oci-config.ts';
import type { ContainerConfig } from '../../src/model/container.ts';
import { isTsrunError } from '../../src/model/errors.ts';
import { validateOciConfig } from '../../src/oci-spec/index.ts';
import type { OciConfig } from '../../src/oci-spec/index.ts';
import { compilePlan } from '../../src/process/compile-plan.ts';
import { schemaChecker, specFolder } from '../oci-spec/schemas.ts';
import { planOptions } from '../process/plan-fixture.ts';
import { ID, ociConfigInput } from './oci-config-fixture.ts';

const folder = specFolder('runtime-spec');
const schema = folder === undefined ? undefined : schemaChecker(folder, 'config-schema.json');
if (schema === undefined) test.skip('the runtime-spec schemas are not here: config.json is not checked against them', () => {});

/** Build, and check against our validator and the specification's schema. */
function build(changes: Partial<ContainerConfig> = {}, more: Partial<OciConfigInput> = {}): OciConfig {
  const spec = buildOciConfig(ociConfigInput(changes, more));
  const problems = [...validateOciConfig(spec), ...(schema?.(JSON.parse(JSON.stringify(spec))) ?? [])];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return spec;
}

const mount = (spec: OciConfig, destination: string): unknown => spec.mounts?.find((each) => each.destination === destination);

test('a root that is removed at its end need not reach the disk', (t) => {
  const options = (removeOnExit: boolean): unknown => build({ removeOnExit }).mounts?.[0]?.options?.includes('volatile');
  t.deepEqual([options(true), options(false)], [true, false]);
});

test("a plain container is Docker's", (t) => {
  const spec = build();
  t.deepEqual(spec.process?.env, [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOSTNAME=c0ffee000000',
    'HOME=/root',
  ]);
  t.deepEqual(spec.process?.user, { uid: 0, gid: 0, additionalGids: [0] });
  t.is(spec.process?.cwd, '/');
  t.is(spec.hostname, 'c0ffee000000');
  t.deepEqual(
    spec.mounts?.map(({ destination }) => destination),
    [
      '/',
      '/proc',
      '/dev',
      '/dev/pts',
      '/sys',
      '/sys/fs/cgroup',
      '/dev/mqueue',
      '/dev/shm',
      '/etc/resolv.conf',
      '/etc/hostname',
      '/etc/hosts',
    ],
  );
  t.deepEqual(mount(spec, '/dev/shm'), {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'],
  });
  t.deepEqual(
    spec.linux?.namespaces?.map(({ type }) => type),
    ['mount', 'network', 'uts', 'pid', 'ipc', 'cgroup'],
  );
  t.is(spec.linux?.cgroupsPath, `/tsrun-${ID}`);
  t.deepEqual(spec.linux?.sysctl, { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' });
  t.deepEqual(spec.linux?.resources?.devices?.[0], { allow: false, access: 'rwm' });
  t.true(spec.linux?.maskedPaths?.includes('/proc/kcore'));
});

test('the environment: order, replacement in place, removal, TERM with a terminal, HOME where nobody gave it', (t) => {
  const environment = ['FOO=1', 'PATH=/bin', 'HOSTNAME', 'FOO=2', 'EMPTY=', 'HOME=/h'];
  t.deepEqual(build({ terminal: true, environment }).process?.env, ['PATH=/bin', 'TERM=xterm', 'FOO=2', 'EMPTY=', 'HOME=/h']);
});

test('a user that is not root has its capabilities in the bounding set alone', (t) => {
  const spec = build({}, { user: { uid: 5, gid: 6, groups: [7, 6], home: '/' } });
  t.deepEqual(spec.process?.user, { uid: 5, gid: 6, additionalGids: [6, 7] });
  t.deepEqual(Object.keys(spec.process?.capabilities ?? {}), ['bounding']);
});

test('--privileged: all that root has, all devices, nothing hidden, nothing read-only, no filter', (t) => {
  const hostDevices = [{ type: 'b', path: '/dev/sda', major: 8, minor: 0, fileMode: 0o660, uid: 0, gid: 6 } as const];
  const seccomp = { defaultAction: 'SCMP_ACT_ERRNO' };
  const input = ociConfigInput();
  const host = { ...input.host, boundingSet: 0x1fffffeffffffn & ~(1n << 24n) };
  const spec = build({ privileged: true, capDrop: ['CHOWN'] }, { hostDevices, seccomp, host });
  t.true(spec.process?.capabilities?.effective?.includes('CAP_CHOWN'));
  t.false(spec.process?.capabilities?.effective?.includes('CAP_SYS_RESOURCE'));
  t.deepEqual(spec.linux?.resources?.devices, [{ allow: true, access: 'rwm' }]);
  t.deepEqual(spec.linux?.devices, hostDevices);
  t.is(spec.linux?.maskedPaths, undefined);
  t.is(spec.linux?.readonlyPaths, undefined);
  t.is(spec.linux?.seccomp, undefined);
  t.is(spec.process?.oomScoreAdj, undefined, 'root could not set it here');
  for (const each of ['/sys', '/sys/fs/cgroup']) t.false((mount(spec, each) as { options: string[] }).options.includes('ro'), each);
});

test('--read-only leaves writable what is made anew', (t) => {
  const spec = build({ readOnlyRoot: true }, { mounts: [{ type: 'tmpfs', target: '/x', options: 'size=1m' }] });
  t.true(spec.root?.readonly);
  const readOnly = spec.mounts?.filter(({ options }) => options?.includes('ro')).map(({ destination }) => destination);
  t.deepEqual(readOnly, ['/sys', '/sys/fs/cgroup', '/etc/resolv.conf', '/etc/hostname', '/etc/hosts']);
});

test("mounts of the user: shallow before deep, in the place of defaults and of the engine's files", (t) => {
  const spec = build(
    {},
    {
      mounts: [
        { type: 'bind', source: '/h', target: '/a/b', readOnly: true },
        { type: 'bind', source: '/h', target: '/a', readOnly: true, below: 'unbound', propagation: 'rshared' },
        { type: 'bind', source: '/h', target: '/etc/hosts', readOnly: false },
        { type: 'tmpfs', target: '/dev/shm', options: 'exec,size=1g', readOnly: true },
      ],
    },
  );
  t.deepEqual(spec.mounts?.slice(-6), [
    { destination: '/a', type: 'bind', source: '/h', options: ['bind', 'ro', 'rshared'] },
    { destination: '/a/b', type: 'bind', source: '/h', options: ['rbind', 'rro', 'rprivate'] },
    { destination: '/etc/hosts', type: 'bind', source: '/h', options: ['rbind', 'rprivate'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'rprivate', 'exec', 'size=1g', 'ro'] },
    { destination: '/etc/resolv.conf', type: 'bind', source: '/c/resolv.conf', options: ['rbind', 'rprivate'] },
    { destination: '/etc/hostname', type: 'bind', source: '/c/hostname', options: ['rbind', 'rprivate'] },
  ]);
  t.is(spec.mounts?.filter(({ destination }) => destination === '/dev/shm').length, 1);
  const dev = build({}, { mounts: [{ type: 'bind', source: '/dev', target: '/dev', readOnly: false }] });
  t.deepEqual(
    dev.mounts?.filter(({ destination }) => destination.startsWith('/dev')).map(({ destination }) => destination),
    ['/dev'],
  );
});

test("another's namespaces: host, another container, none", (t) => {
  const host = build({ network: { type: 'host' }, pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' });
  t.deepEqual(host.linux?.namespaces, [{ type: 'mount' }]);
  t.is(host.hostname, undefined);
  t.deepEqual(host.linux?.sysctl, {});
  t.deepEqual(mount(host, '/dev/shm'), { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate'] });
  const joined = { network: '/proc/9/ns/net', ipc: '/proc/9/ns/ipc', pid: '/proc/9/ns/pid', shm: '/proc/9/root/dev/shm' };
  const other = build({ network: { type: 'container', id: 'x' }, pid: 'container:x', ipc: 'container:x' }, { joined });
  t.deepEqual(other.linux?.namespaces, [
    { type: 'mount' },
    { type: 'network', path: '/proc/9/ns/net' },
    { type: 'uts' },
    { type: 'pid', path: '/proc/9/ns/pid' },
    { type: 'ipc', path: '/proc/9/ns/ipc' },
    { type: 'cgroup' },
  ]);
  t.deepEqual(other.linux?.sysctl, {});
  t.is((mount(other, '/dev/shm') as { source: string }).source, '/proc/9/root/dev/shm');
  t.is(mount(build({ ipc: 'none' }), '/dev/shm'), undefined);
});

test("limits, as Docker's numbers", (t) => {
  const limits = {
    memory: 64 << 20,
    memoryReservation: 32 << 20,
    cpus: 1.5,
    cpuShares: 300,
    cpusetCpus: '0',
    cpusetMems: '0',
    pidsLimit: 50,
    oomScoreAdj: 5,
  };
  const spec = build({
    limits,
    ulimits: [
      { name: 'nofile', soft: 10, hard: 20 },
      { name: 'core', soft: -1, hard: -1 },
    ],
  });
  t.deepEqual(spec.linux?.resources?.memory, { limit: 67_108_864, swap: 134_217_728, reservation: 33_554_432 });
  t.deepEqual(spec.linux?.resources?.cpu, { shares: 300, quota: 150_000, period: 100_000, cpus: '0', mems: '0' });
  t.deepEqual(spec.linux?.resources?.pids, { limit: 50 });
  t.is(spec.process?.oomScoreAdj, 5);
  t.deepEqual(spec.process?.rlimits, [
    { type: 'RLIMIT_NOFILE', soft: 10, hard: 20 },
    { type: 'RLIMIT_CORE', soft: 2 ** 64, hard: 2 ** 64 },
  ]);
  t.deepEqual(build({ limits: { memory: 64 << 20, memorySwap: -1, pidsLimit: 0 } }).linux?.resources?.memory?.swap, -1);
  t.is(build({ limits: { pidsLimit: 0 } }).linux?.resources?.pids?.limit, -1);
  t.is(build({ limits: { oomKillDisable: true } }).linux?.resources?.memory, undefined, 'cgroup v2 has no such switch');
});

test('CPU time, swappiness, block I/O, annotations, a cgroup parent and links', (t) => {
  const spec = build(
    {
      limits: {
        cpuPeriod: 50_000,
        cpuQuota: 25_000,
        cpuRealtimePeriod: 1_000_000,
        cpuRealtimeRuntime: 1000,
        memorySwappiness: 0,
        blkioWeight: 500,
      },
      annotations: { 'com.example': 'x' },
      cgroupParent: '/a/b',
      environment: ['DB_NAME=mine'],
    },
    {
      blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }] },
      linkEnvironment: ['DB_PORT=tcp://1.2.3.4:5', 'DB_NAME=/x/db'],
    },
  );
  t.deepEqual(spec.linux?.resources?.cpu, { period: 50_000, quota: 25_000, realtimePeriod: 1_000_000, realtimeRuntime: 1000 });
  t.deepEqual(spec.linux?.resources?.memory, { swappiness: 0 });
  t.deepEqual(spec.linux?.resources?.blockIO, { weight: 500, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }] });
  t.deepEqual(spec.annotations, { 'com.example': 'x' });
  t.is(spec.linux?.cgroupsPath, `/a/b/tsrun-${ID}`);
  t.deepEqual(spec.process?.env?.slice(2, 4), ['DB_PORT=tcp://1.2.3.4:5', 'DB_NAME=mine']);
  t.deepEqual(validateOciConfig(spec), []);
});

test("what can not be is refused in Docker's words", (t) => {
  const cases: [Partial<ContainerConfig>, string][] = [
    [{ limits: { memory: 1024 } }, 'Minimum memory limit allowed is 6MB'],
    [{ limits: { memorySwap: 1 << 24 } }, 'You should always set the Memory limit when using Memoryswap limit, see usage'],
    [{ limits: { memory: 20 << 20, memorySwap: 10 << 20 } }, 'Minimum memoryswap limit should be larger than memory limit, see usage'],
    [
      { limits: { memory: 8 << 20, memoryReservation: 10 << 20 } },
      'Minimum memory limit can not be less than memory reservation limit, see usage',
    ],
    [{ limits: { cpus: 100 } }, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
    [{ limits: { oomScoreAdj: 2000 } }, 'Invalid value 2000, range for oom score adj is [-1000, 1000]'],
    [{ ulimits: [{ name: 'foo', soft: 1, hard: 1 }] }, 'invalid ulimit type: foo'],
    [{ ulimits: [{ name: 'cpu', soft: 2, hard: 1 }] }, 'ulimit soft limit must be less than or equal to hard limit: 2 > 1'],
    [{ sysctls: { 'kernel.foo': '1' } }, "sysctl 'kernel.foo=1' is not allowed"],
    [{ deviceCgroupRules: ['foo'] }, "invalid device cgroup format 'foo'"],
    [{ capAdd: ['FOO'] }, 'invalid CapAdd: unknown capability: "CAP_FOO"'],
    [{ capDrop: ['cap_bar'] }, 'invalid CapDrop: unknown capability: "CAP_BAR"'],
  ];
  for (const [changes, message] of cases)
    t.true(
      isTsrunError(
        t.throws(() => build(changes), { message }),
        'INVALID_ARGUMENT',
      ),
    );
  t.throws(() => build({}, { mounts: [{ type: 'tmpfs', target: '/x', options: 'foo' }] }), { message: 'invalid tmpfs option ["foo"]' });
});

test('--device and --device-cgroup-rule', (t) => {
  const device = { type: 'c', path: '/dev/foo', major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 } as const;
  const spec = build({ deviceCgroupRules: ['c 42:* rmw'] }, { devices: [{ device, permissions: 'rw' }] });
  t.deepEqual(spec.linux?.devices, [device]);
  t.deepEqual(spec.linux?.resources?.devices?.slice(-2), [
    { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
    { allow: true, type: 'c', major: 42, minor: -1, access: 'rmw' },
  ]);
});

test('any mixture of options gives a valid config.json that has a plan', (t) => {
  const config = fc.record(
    {
      terminal: fc.boolean(),
      privileged: fc.boolean(),
      readOnlyRoot: fc.boolean(),
      noNewPrivileges: fc.boolean(),
      maskedPathsUnconfined: fc.boolean(),
      environment: fc.array(fc.string()),
      workingDirectory: fc.constantFrom('', '/', '/work/deep'),
      command: fc.array(fc.string(), { minLength: 1 }),
      capAdd: fc.subarray(['ALL', 'net_admin', 'CAP_SYS_PTRACE']),
      capDrop: fc.subarray(['all', 'CHOWN', 'cap_mknod']),
      network: fc.constantFrom({ type: 'bridge' as const }, { type: 'none' as const }, { type: 'host' as const }),
      ipc: fc.constantFrom('private' as const, 'host' as const, 'none' as const, 'shareable' as const),
      pid: fc.constantFrom('private' as const, 'host' as const),
      uts: fc.constantFrom('private' as const, 'host' as const),
      cgroupns: fc.constantFrom('private' as const, 'host' as const),
      shmSize: fc.nat(),
      domainname: fc.constantFrom('', 'example.org'),
      limits: fc.record(
        { memory: fc.integer({ min: 6 << 20, max: 2 ** 40 }), cpus: fc.constantFrom(0.01, 0.5, 1.999), pidsLimit: fc.integer() },
        { requiredKeys: [] },
      ),
      ulimits: fc.array(
        fc.record({ name: fc.constantFrom('nofile', 'core', 'as'), soft: fc.integer({ min: 0, max: 9 }), hard: fc.constantFrom(-1, 10) }),
      ),
    },
    { requiredKeys: [] },
  );
  const more = fc.record(
    {
      user: fc.record({ uid: fc.nat(), gid: fc.nat(), groups: fc.array(fc.nat()), home: fc.constant('/') }),
      mounts: fc.uniqueArray(
        fc.oneof(
          fc.record({
            type: fc.constant('bind' as const),
            source: fc.constant('/src'),
            target: fc.constantFrom('/a', '/a/b', '/dev/foo', '/sys/x'),
            readOnly: fc.boolean(),
          }),
          fc.record({
            type: fc.constant('tmpfs' as const),
            target: fc.constantFrom('/t', '/t/u'),
            options: fc.constantFrom('', 'exec', 'ro,size=5%'),
          }),
        ),
        { selector: ({ target }) => target },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(config, more, (changes, others) => {
      const spec = build(changes, others);
      const handles = spec.linux?.namespaces?.some(({ type }) => type === 'network') === true ? { network: 'network' } : {};
      const plan = compilePlan(spec, planOptions({ handles }));
      t.is(plan.child.at(-1)?.op, 'execute');
      // Nothing is mounted in the container before the kernel confines it, and nothing of the host is opened after.
      const pivot = plan.child.findIndex(({ op }) => op === 'pivotRoot');
      t.false(plan.child.slice(0, pivot).some((each) => each.op === 'moveMount' || (each.op === 'mount' && each.target !== '/')));
      t.false(plan.child.slice(pivot).some(({ op }) => op === 'openTree' || op === 'open'));
    }),
    { numRuns: 150 },
  );
});
