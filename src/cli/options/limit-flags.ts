/** Flags of the limits that `run` and `create` set and `update` changes; `limits.ts` reads them. */
import { parseSize } from '../../model/size.ts';
import { integer, type Flag } from '../flags.ts';
import { parseCpus, parseMemorySwap, parseUint16 } from './values.ts';

export const limitFlags: readonly Flag[] = [
  {
    name: 'blkio-weight',
    value: 'uint16',
    help: 'Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)',
    check: parseUint16,
  },
  { name: 'cpu-period', value: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) period', check: integer },
  { name: 'cpu-quota', value: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) quota', check: integer },
  { name: 'cpu-rt-period', value: 'int', help: 'Limit CPU real-time period in microseconds', check: integer },
  { name: 'cpu-rt-runtime', value: 'int', help: 'Limit CPU real-time runtime in microseconds', check: integer },
  { name: 'cpu-shares', short: 'c', value: 'int', help: 'CPU shares (relative weight)', check: integer },
  { name: 'cpus', value: 'decimal', help: 'Number of CPUs', check: parseCpus },
  { name: 'cpuset-cpus', value: 'string', help: 'CPUs in which to allow execution (0-3, 0,1)' },
  { name: 'cpuset-mems', value: 'string', help: 'MEMs in which to allow execution (0-3, 0,1)' },
  { name: 'kernel-memory', value: 'bytes', help: 'Kernel memory limit', hidden: true, check: parseSize },
  { name: 'memory', short: 'm', value: 'bytes', help: 'Memory limit', check: parseSize },
  { name: 'memory-reservation', value: 'bytes', help: 'Memory soft limit', check: parseSize },
  {
    name: 'memory-swap',
    value: 'bytes',
    help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    check: parseMemorySwap,
  },
  { name: 'pids-limit', value: 'int', help: 'Tune container pids limit (set -1 for unlimited)', check: integer },
];
