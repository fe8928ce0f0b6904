/** What Docker's daemon refuses about CPU time, block I/O and memory beyond sizes, in its words. Pure. Source: moby, daemon/daemon_unix.go. */
import type { ResourceLimits } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';

/** @throws TsrunError INVALID_ARGUMENT */
export function checkCpuTime({ cpus, cpuShares, cpuPeriod, cpuQuota, cpuRealtimePeriod, cpuRealtimeRuntime }: ResourceLimits): void {
  if (cpuShares !== undefined && cpuShares < 0) throw invalid('shares: invalid argument');
  if (cpus !== undefined && cpuPeriod !== undefined) throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (cpus !== undefined && cpuQuota !== undefined) throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  if (cpuPeriod !== undefined && (cpuPeriod < 1000 || cpuPeriod > 1_000_000)) {
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (cpuQuota !== undefined && cpuQuota > 0 && cpuQuota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (cpuRealtimePeriod !== undefined && cpuRealtimeRuntime !== undefined && cpuRealtimeRuntime > cpuRealtimePeriod) {
    throw invalid('cpu real-time runtime cannot be higher than cpu real-time period');
  }
}

const MINIMUM_KERNEL_MEMORY = 6 * 1024 * 1024;

/** Kernels since 5.16 have no such limit (memory.kmem.limit_in_bytes takes a number and does nothing). @throws TsrunError INVALID_ARGUMENT */
export function discardKernelMemory(bytes: number, warnings: string[]): void {
  if (bytes < MINIMUM_KERNEL_MEMORY) throw invalid('Minimum kernel memory limit allowed is 6MB');
  warnings.push('Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.');
}

/** @throws TsrunError INVALID_ARGUMENT */
export function checkBlockIo({ blkioWeight }: ResourceLimits): void {
  if (blkioWeight !== undefined && (blkioWeight < 10 || blkioWeight > 1000)) throw invalid('Range of blkio weight is from 10 to 1000');
}

function invalid(message: string): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', message);
}
