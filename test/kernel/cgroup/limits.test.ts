import test from 'ava';
import fc from 'fast-check';
import { limitWrites, sharesToWeight } from '../../../src/kernel/cgroup/index.ts';
import type { LinuxResources } from '../../../src/oci-spec/resources.ts';

const GB = 2 ** 30;
const lines = (resources: LinuxResources, version: 1 | 2): string[] =>
  limitWrites(resources, () => version).flatMap(({ file, data }) => data.map((text) => `${file} ${text}`));

test('memory limits in v1 count swap and memory together, in v2 apart', (t) => {
  const memory = { limit: GB, swap: 3 * GB, reservation: GB / 2 };
  t.deepEqual(lines({ memory }, 1), [
    `memory.limit_in_bytes ${GB}`,
    `memory.soft_limit_in_bytes ${GB / 2}`,
    `memory.memsw.limit_in_bytes ${3 * GB}`,
  ]);
  t.deepEqual(lines({ memory }, 2), [`memory.max ${GB}`, `memory.low ${GB / 2}`, `memory.swap.max ${2 * GB}`]);
});

test('no limit is -1 in v1 and max in v2', (t) => {
  const resources = { memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { quota: -1, period: 50_000 } };
  t.deepEqual(lines(resources, 1), [
    'memory.limit_in_bytes -1',
    'memory.memsw.limit_in_bytes -1',
    'cpu.cfs_period_us 50000',
    'cpu.cfs_quota_us -1',
    'pids.max max',
  ]);
  t.deepEqual(lines(resources, 2), ['memory.max max', 'memory.swap.max max', 'cpu.max max 50000', 'pids.max max']);
});

test('no swap beside memory is no swap', (t) => {
  t.true(lines({ memory: { limit: GB, swap: GB } }, 2).includes('memory.swap.max 0'));
});

test('only swap that nobody asked for may be missing', (t) => {
  const warns = (limit: number, swap: number): boolean =>
    limitWrites({ memory: { limit, swap } }, () => 1).some(({ warning }) => warning !== undefined);
  t.true(warns(GB, 2 * GB));
  t.true(warns(GB, -1));
  t.false(warns(GB, 3 * GB));
});

test('CPU limits', (t) => {
  const cpu = { shares: 512, quota: 150_000, period: 100_000, cpus: '0-1', mems: '0' };
  t.deepEqual(lines({ cpu }, 1), [
    'cpu.shares 512',
    'cpu.cfs_period_us 100000',
    'cpu.cfs_quota_us 150000',
    'cpuset.cpus 0-1',
    'cpuset.mems 0',
  ]);
  t.deepEqual(lines({ cpu }, 2), ['cpu.weight 59', 'cpu.max 150000 100000', 'cpuset.cpus 0-1', 'cpuset.mems 0']);
});

test('v1 has no fewer and no more shares than these, and takes others for them in silence', (t) => {
  t.throws(() => lines({ cpu: { shares: 1 } }, 1), { message: 'the minimum allowed cpu-shares is 2' });
  t.throws(() => lines({ cpu: { shares: 262_145 } }, 1), { message: 'the maximum allowed cpu-shares is 262144' });
  t.deepEqual(lines({ cpu: { shares: 1 } }, 2), ['cpu.weight 1']);
});

test('shares become weights: the ends and the middle meet, and it never falls', (t) => {
  t.deepEqual([2, 1024, 262_144].map(sharesToWeight), [1, 100, 10_000]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 262_200 }), (shares) => {
      const weight = sharesToWeight(shares);
      return Number.isInteger(weight) && weight >= 1 && weight <= 10_000 && sharesToWeight(shares + 1) >= weight;
    }),
  );
});

test('device rules are files in v1 only, and neighbours share one opening', (t) => {
  const devices = [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
    { allow: true, type: 'c', major: 136, minor: -1, access: 'rwm' },
  ];
  t.deepEqual(
    limitWrites({ devices }, () => 1).map(({ file, data }) => [file, ...data]),
    [
      ['devices.deny', 'a *:* rwm'],
      ['devices.allow', 'c 1:3 rw', 'c 136:* rwm'],
    ],
  );
  t.deepEqual(lines({ devices }, 2), []);
});

test('real-time CPU is v1 alone: in v2 its missing file is an error', (t) => {
  const cpu = { realtimePeriod: 1_000_000, realtimeRuntime: 1000 };
  for (const version of [1, 2] as const) {
    t.deepEqual(lines({ cpu }, version), ['cpu.rt_period_us 1000000', 'cpu.rt_runtime_us 1000']);
    t.true(limitWrites({ cpu }, () => version).every(({ warning }) => warning === undefined));
  }
});

test('what Docker discards with a warning', (t) => {
  const resources = { memory: { swappiness: 10 }, blockIO: { weight: 500, weightDevice: [{ major: 8, minor: 0, weight: 10 }] } };
  for (const version of [1, 2] as const) {
    const warnings = limitWrites(resources, () => version).map(({ warning }) => warning);
    t.is(warnings.length, 3);
    t.true(warnings.every((warning) => warning?.startsWith('Your kernel does not support ')));
  }
  t.deepEqual(lines(resources, 1), ['memory.swappiness 10', 'blkio.bfq.weight 500', 'blkio.bfq.weight_device 8:0 10']);
  t.deepEqual(lines(resources, 2), ['memory.swappiness 10', 'io.weight 4950', 'io.weight 8:0 1']);
});

test('block I/O, huge pages and the v2 files by name', (t) => {
  const blockIO = { weight: 500, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }] };
  t.deepEqual(lines({ blockIO }, 1), ['blkio.bfq.weight 500', 'blkio.throttle.read_bps_device 8:0 1000']);
  t.deepEqual(lines({ blockIO }, 2), ['io.weight 4950', 'io.max 8:0 rbps=1000']);
  t.deepEqual(lines({ hugepageLimits: [{ pageSize: '2MB', limit: 0 }] }, 2), ['hugetlb.2MB.max 0']);
  t.deepEqual(lines({ unified: { 'memory.high': '1000', 'io.max': '8:0 rbps=1\n8:1 wbps=2' } }, 2), [
    'memory.high 1000',
    'io.max 8:0 rbps=1',
    'io.max 8:1 wbps=2',
  ]);
});
