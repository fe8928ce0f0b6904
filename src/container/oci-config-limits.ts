/** Limits of a container: cgroup resources and rlimits, checked as Docker checks them. */
import { TsrunError } from '../model/errors.ts';
import type { ResourceLimits, UlimitRequest } from '../model/container.ts';
import type { LinuxBlockIO, LinuxCpu, LinuxMemory, LinuxResources } from '../oci-spec/resources.ts';
import type { OciRlimit } from '../oci-spec/runtime.ts';
import type { HostFacts } from './oci-config-input.ts';

const SMALLEST_MEMORY = 6 * 1024 * 1024;
/** Microseconds: what `--cpus` is a share of. */
const CPU_PERIOD = 100_000;

const ULIMITS = new Set('core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack as'.split(' '));

/**
 * `linux.resources` without the devices' rules.
 * @param blockDevices what limits say of single block devices, with the devices' numbers
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function resourceConfig(limits: ResourceLimits, host: HostFacts, blockDevices?: LinuxBlockIO): Omit<LinuxResources, 'devices'> {
  const resources: Omit<LinuxResources, 'devices'> = {};
  const memory = memoryConfig(limits, host);
  if (Object.keys(memory).length > 0) resources.memory = memory;
  const cpu = cpuConfig(limits, host);
  if (Object.keys(cpu).length > 0) resources.cpu = cpu;
  const { pidsLimit, blkioWeight } = limits;
  const blockIO: LinuxBlockIO = { ...(blkioWeight === undefined ? {} : { weight: blkioWeight }), ...blockDevices };
  if (Object.keys(blockIO).length > 0) resources.blockIO = blockIO;
  // Docker: 0 and -1 are no limit.
  if (pidsLimit !== undefined) resources.pids = { limit: pidsLimit > 0 ? pidsLimit : -1 };
  return resources;
}

function memoryConfig(limits: ResourceLimits, host: HostFacts): LinuxMemory {
  // 0 is "not given" on Docker's command line.
  const limit = limits.memory ?? 0;
  const swap = limits.memorySwap ?? 0;
  const reservation = limits.memoryReservation ?? 0;
  if (limit !== 0 && limit < SMALLEST_MEMORY) refuse('Minimum memory limit allowed is 6MB');
  if (reservation !== 0 && reservation < SMALLEST_MEMORY) refuse('Minimum memory reservation allowed is 6MB');
  if (limit === 0 && swap > 0) refuse('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (limit > 0 && swap > 0 && swap < limit) refuse('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (limit > 0 && reservation > limit) refuse('Minimum memory limit can not be less than memory reservation limit, see usage');
  const memory: LinuxMemory = {};
  if (limit > 0) {
    memory.limit = limit;
    // As much swap again as memory, where nothing is said.
    memory.swap = swap === 0 ? 2 * limit : swap;
  } else if (swap === -1) memory.swap = -1;
  if (reservation > 0) memory.reservation = reservation;
  if (limits.memorySwappiness !== undefined) memory.swappiness = limits.memorySwappiness;
  // cgroup v2 has no such switch.
  if (limits.oomKillDisable !== undefined && host.cgroup.kind !== 'v2') memory.disableOOMKiller = limits.oomKillDisable;
  return memory;
}

function cpuConfig(limits: ResourceLimits, host: HostFacts): LinuxCpu {
  const cpu: LinuxCpu = {};
  const { cpus, cpuShares, cpusetCpus, cpusetMems, cpuPeriod, cpuQuota, cpuRealtimePeriod, cpuRealtimeRuntime } = limits;
  if (cpuShares !== undefined && cpuShares > 0) cpu.shares = cpuShares;
  if (cpus !== undefined && cpus !== 0) {
    if (cpus < 0.01 || cpus > host.cpus) {
      const count = `${host.cpus.toFixed(2)}, as there are only ${host.cpus} CPUs available`;
      refuse(`Range of CPUs is from 0.01 to ${count}`);
    }
    cpu.quota = Math.round(cpus * CPU_PERIOD);
    cpu.period = CPU_PERIOD;
  }
  if (cpuPeriod !== undefined) cpu.period = cpuPeriod;
  if (cpuQuota !== undefined) cpu.quota = cpuQuota;
  if (cpuRealtimePeriod !== undefined) cpu.realtimePeriod = cpuRealtimePeriod;
  if (cpuRealtimeRuntime !== undefined) cpu.realtimeRuntime = cpuRealtimeRuntime;
  if (cpusetCpus !== undefined && cpusetCpus !== '') cpu.cpus = cpusetCpus;
  if (cpusetMems !== undefined && cpusetMems !== '') cpu.mems = cpusetMems;
  return cpu;
}

/** `--ulimit`: -1 is no limit. Throws INVALID_ARGUMENT in Docker's words. */
export function rlimitConfig(ulimits: readonly UlimitRequest[]): OciRlimit[] {
  // A name given twice: the later one.
  const byName = new Map(ulimits.map((each) => [each.name.toLowerCase(), each]));
  return [...byName].map(([name, { soft, hard }]) => {
    if (!ULIMITS.has(name)) refuse(`invalid ulimit type: ${name}`);
    const rlimit = { type: `RLIMIT_${name.toUpperCase()}`, soft: unlimited(soft), hard: unlimited(hard) };
    if (rlimit.soft > rlimit.hard) refuse(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
    return rlimit;
  });
}

/** RLIM_INFINITY is 2^64 - 1, which as a double is 2^64. */
function unlimited(value: number): number {
  return value < 0 ? 2 ** 64 : value;
}

/** `process.oomScoreAdj`; undefined leaves our own, where nothing was asked for and the kernel might refuse. */
export function oomScoreConfig(limits: ResourceLimits, mayLower: boolean): number | undefined {
  const score = limits.oomScoreAdj;
  if (score !== undefined && (score < -1000 || score > 1000)) refuse(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  return score ?? (mayLower ? 0 : undefined);
}

function refuse(message: string): never {
  throw new TsrunError('INVALID_ARGUMENT', message, { step: 2 });
}
