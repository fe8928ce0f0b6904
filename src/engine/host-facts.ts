/** What a container's config.json depends on of this host. Read once a process, and as little as can be. */
import { existsSync, readdirSync } from 'node:fs';
import { readKernelFile } from '../kernel/kernel-file.ts';
import type { HostFacts } from '../container/oci-config.ts';
import type { CgroupLayout } from '../kernel/cgroup/index.ts';

const CPUS = '/sys/devices/system/cpu';

export function readHostFacts(layout: CgroupLayout): HostFacts {
  return {
    boundingSet: readBoundingSet(),
    cgroup: { kind: layout.kind },
    get cpus() {
      // Not imported above: only `--cpus` asks, and node:os costs most of a millisecond.
      return process.getBuiltinModule('node:os').availableParallelism();
    },
    // mount_setattr(2) came with Linux 5.12, which is the oldest we run on.
    recursiveReadOnly: true,
    thermalThrottlePaths: thermalThrottlePaths(),
  };
}

/** The capabilities that this process, and so its containers, can have at all. */
export function readBoundingSet(): bigint {
  const digits = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readKernelFile('/proc/self/status'))?.[1];
  return BigInt(`0x${digits ?? '0'}`);
}

/** Where processors have one, all have. */
function thermalThrottlePaths(): string[] {
  if (!existsSync(`${CPUS}/cpu0/thermal_throttle`)) return [];
  return readdirSync(CPUS)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${CPUS}/${name}/thermal_throttle`)
    .filter((path) => existsSync(path));
}

/** The CPUs and memory nodes that are on, as lists in the kernel's words: `0-3,8`. Each is read when it is asked. */
export const onlineSets = {
  onlineCpus: (): string => readKernelFile('/sys/devices/system/cpu/online').trim(),
  onlineMems: (): string => readKernelFile('/sys/devices/system/node/online').trim(),
};
