/** What `buildOciConfig` must know of the host, read from it. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { TsrunError } from '../model/errors.ts';
import { capabilityMaskOf } from '../oci-spec/capabilities.ts';
import type { HostFacts } from './oci-config-input.ts';

/**
 * Read the facts about this host: a few small files of /proc and /sys.
 *
 * @param kind the cgroup layout, which `kernel/cgroup` knows
 * @throws {TsrunError} KERNEL where /proc is not what it should be.
 */
export function readHostFacts(kind: HostFacts['cgroup']['kind']): HostFacts {
  const boundingSet = capabilityMaskOf(readFileSync('/proc/self/status', 'latin1'), 'CapBnd');
  if (boundingSet === undefined) throw new TsrunError('KERNEL', '/proc/self/status has no CapBnd', { path: '/proc/self/status' });
  const cpus = availableParallelism();
  return { boundingSet, cgroup: { kind }, cpus, recursiveReadOnly: isAtLeast(5, 12), thermalThrottlePaths: thermalThrottlePaths(cpus) };
}

function isAtLeast(major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = release().split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

/** Counters of how often a CPU was throttled are a side channel: Docker hides them. Where CPU 0 has none, no CPU has. */
function thermalThrottlePaths(cpus: number): string[] {
  const path = (cpu: number): string => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`;
  if (!existsSync(path(0))) return [];
  return Array.from({ length: cpus }, (_, cpu) => path(cpu)).filter((each) => existsSync(each));
}
