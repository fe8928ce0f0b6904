/** What a profile's rules can depend on: the container's capabilities, the processor and the kernel. */
import { capabilityBit } from '../../oci-spec/capabilities.ts';
import type { Processor } from './types.ts';

export interface Circumstances {
  /** The bounding set, a bit for each capability. */
  capabilities: bigint;
  processor: Processor;
  /** As uname(2) says: `6.1.0-18-amd64`. */
  kernel: string;
}

/** Whether the container has a capability, by name. One that this kernel's headers don't know, no container has. */
export function hasCapability({ capabilities }: Circumstances, name: string): boolean {
  const bit = capabilityBit(name);
  return bit !== undefined && ((capabilities >> BigInt(bit)) & 1n) === 1n;
}

/** Whether a kernel release is this version or a newer one. */
export function kernelAtLeast(release: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(release);
  if (match === null) return false;
  const [has, hasMinor] = [Number(match[1]), Number(match[2])];
  return has > major || (has === major && hasMinor >= minor);
}
