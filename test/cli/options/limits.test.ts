import test from 'ava';
import { parseFlags } from '../../../src/cli/flags.ts';
import { readLimits } from '../../../src/cli/options/limits.ts';
import { createFlags } from '../../../src/cli/options/run-flags.ts';
import type { ResourceLimits } from '../../../src/model/container.ts';

const limits = (...argv: string[]): ResourceLimits =>
  readLimits(parseFlags(createFlags, argv, { command: 'create', interspersed: false }).flags);

test('CPU time in microseconds; 0 is as it was', (t) => {
  t.deepEqual(limits('--cpu-period', '50000', '--cpu-quota', '-1', '--cpu-rt-period', '1000000', '--cpu-rt-runtime', '950000'), {
    cpuPeriod: 50_000,
    cpuQuota: -1,
    cpuRealtimePeriod: 1_000_000,
    cpuRealtimeRuntime: 950_000,
  });
  t.deepEqual(limits('--cpu-period', '0', '--cpu-quota=0', '--cpu-rt-period', '0', '--cpu-rt-runtime', '0'), {});
});

test('block I/O: weights, and rates of devices in their order', (t) => {
  t.deepEqual(limits('--blkio-weight', '300', '--blkio-weight-device', '/dev/a:10', '--blkio-weight-device', '/dev/b:0'), {
    blkioWeight: 300,
    blkioWeightDevices: [
      { path: '/dev/a', weight: 10 },
      { path: '/dev/b', weight: 0 },
    ],
  });
  t.deepEqual(
    limits(
      '--device-read-bps',
      '/dev/a:1mb',
      '--device-write-bps',
      '/dev/a:2',
      '--device-read-iops',
      '/dev/a:3',
      '--device-write-iops=/dev/a:4',
    ),
    {
      deviceReadBps: [{ path: '/dev/a', rate: 1 << 20 }],
      deviceWriteBps: [{ path: '/dev/a', rate: 2 }],
      deviceReadIops: [{ path: '/dev/a', rate: 3 }],
      deviceWriteIops: [{ path: '/dev/a', rate: 4 }],
    },
  );
  t.deepEqual(limits('--blkio-weight', '0'), {});
});

test('swappiness: 0 is a value, -1 the host’s', (t) => {
  t.deepEqual(limits('--memory-swappiness', '0'), { memorySwappiness: 0 });
  t.deepEqual(limits('--memory-swappiness', '-1'), {});
  for (const wrong of ['-2', '101'])
    t.throws(() => limits('--memory-swappiness', wrong), { message: `invalid value: ${wrong}. Valid memory swappiness range is 0-100` });
});

test('what can’t be is refused in Docker’s words', (t) => {
  const cases: [flag: string, value: string, message: string][] = [
    ['cpu-period', 'abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['blkio-weight', '99999', 'strconv.ParseUint: parsing "99999": value out of range'],
    ['blkio-weight', '-1', 'strconv.ParseUint: parsing "-1": invalid syntax'],
    ['blkio-weight-device', '/dev/vda', 'bad format: /dev/vda'],
    ['blkio-weight-device', 'vda:500', 'bad format for device path: vda:500'],
    ['blkio-weight-device', '/dev/vda:5', 'invalid weight for device: /dev/vda:5'],
    ['blkio-weight-device', '/dev/vda:1001', 'invalid weight for device: /dev/vda:1001'],
    [
      'device-read-bps',
      '/dev/vda:-1',
      'invalid rate for device: /dev/vda:-1. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb',
    ],
    [
      'device-write-iops',
      '/dev/vda:1m',
      'invalid rate for device: /dev/vda:1m. The correct format is <device-path>:<number>. Number must be a positive integer',
    ],
    ['device-write-bps', '/tmp:1', 'bad format for device path: /tmp:1'],
  ];
  for (const [flag, value, message] of cases)
    t.throws(() => limits(`--${flag}`, value), { message: `invalid argument "${value}" for "--${flag}" flag: ${message}` });
});
