import test from 'ava';
import { parseTraffic, statsBetween, type StatsSample } from '../../src/engine/stats.ts';

const sample = (at: number, cpu: number): StatsSample => ({
  at,
  cpu,
  memory: 1,
  memoryLimit: 2,
  received: 0,
  sent: 0,
  read: 0,
  written: 0,
  pids: 1,
});

test('a share of a processor: nanoseconds of it in milliseconds of time', (t) => {
  t.is(statsBetween(sample(0, 0), sample(1000, 500e6)).cpuPercent, 50);
  t.is(statsBetween(sample(0, 0), sample(1000, 2000e6)).cpuPercent, 200);
  t.is(statsBetween(sample(0, 5), sample(0, 6)).cpuPercent, 0);
  t.is(statsBetween(sample(0, 5), sample(1000, 0)).cpuPercent, 0, 'it was started again');
});

test('traffic is that of all interfaces but lo', (t) => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0
  eth0:    1500      10    0    0    0     0          0         0      300       4    0    0    0     0       0          0
  eth1:1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0
`;
  t.deepEqual(parseTraffic(text), { received: 1501, sent: 302 });
});
