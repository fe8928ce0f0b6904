/** Limits of memory, CPU, processes and block I/O, of `run`, `create` and `update`. */
import type { ResourceLimits } from '../../model/container.ts';
import { parseSize } from '../../model/size.ts';
import type { FlagValues } from '../flags.ts';
import { parseDeviceBps, parseDeviceIops, parseDeviceWeight } from './block-io.ts';
import { parseCpus, parseMemorySwap } from './values.ts';

/** Those that were asked for. @throws Error in Docker's words */
export function readLimits(flags: FlagValues): ResourceLimits {
  const limits: ResourceLimits = {};
  const bytes = (name: string): number => parseSize(flags.word(name) ?? '0');
  // 0 is Docker's way to say "not limited".
  const memory = bytes('memory');
  if (memory !== 0) limits.memory = memory;
  const reservation = bytes('memory-reservation');
  if (reservation !== 0) limits.memoryReservation = reservation;
  const swap = parseMemorySwap(flags.word('memory-swap') ?? '0');
  if (swap !== 0) limits.memorySwap = swap;
  Object.assign(limits, readCpuTime(flags), readBlockIo(flags));
  const kernelMemory = bytes('kernel-memory');
  if (kernelMemory !== 0) limits.kernelMemory = kernelMemory;
  const swappiness = flags.integer('memory-swappiness') ?? -1;
  if (swappiness < -1 || swappiness > 100) throw new Error(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  // -1 is the host's own.
  if (swappiness >= 0) limits.memorySwappiness = swappiness;
  const cpus = parseCpus(flags.word('cpus') ?? '0');
  if (cpus !== 0) limits.cpus = cpus;
  const shares = flags.integer('cpu-shares') ?? 0;
  if (shares !== 0) limits.cpuShares = shares;
  const pids = flags.integer('pids-limit') ?? 0;
  if (pids > 0) limits.pidsLimit = pids;
  const score = flags.integer('oom-score-adj') ?? 0;
  if (score !== 0) limits.oomScoreAdj = score;
  if (flags.flag('oom-kill-disable')) limits.oomKillDisable = true;
  const [cpuset, mems] = [flags.word('cpuset-cpus'), flags.word('cpuset-mems')];
  if (cpuset !== undefined) limits.cpusetCpus = cpuset;
  if (mems !== undefined) limits.cpusetMems = mems;
  return limits;
}

/** 0 leaves each as it is. */
function readCpuTime(flags: FlagValues): ResourceLimits {
  const names = {
    cpuPeriod: 'cpu-period',
    cpuQuota: 'cpu-quota',
    cpuRealtimePeriod: 'cpu-rt-period',
    cpuRealtimeRuntime: 'cpu-rt-runtime',
  };
  const limits: ResourceLimits = {};
  for (const [key, name] of Object.entries(names)) {
    const value = flags.integer(name) ?? 0;
    if (value !== 0) limits[key as keyof typeof names] = value;
  }
  return limits;
}

function readBlockIo(flags: FlagValues): ResourceLimits {
  const limits: ResourceLimits = {};
  const weight = flags.integer('blkio-weight') ?? 0;
  if (weight !== 0) limits.blkioWeight = weight;
  if (flags.has('blkio-weight-device'))
    limits.blkioWeightDevices = flags.list('blkio-weight-device').map((text) => parseDeviceWeight(text));
  if (flags.has('device-read-bps')) limits.deviceReadBps = flags.list('device-read-bps').map((text) => parseDeviceBps(text));
  if (flags.has('device-write-bps')) limits.deviceWriteBps = flags.list('device-write-bps').map((text) => parseDeviceBps(text));
  if (flags.has('device-read-iops')) limits.deviceReadIops = flags.list('device-read-iops').map((text) => parseDeviceIops(text));
  if (flags.has('device-write-iops')) limits.deviceWriteIops = flags.list('device-write-iops').map((text) => parseDeviceIops(text));
  return limits;
}
