/** The capabilities of `process.capabilities` as the masks that the kernel takes. */
import { TsrunError } from '../model/errors.ts';
import { capabilityBit } from '../oci-spec/capabilities.ts';
import type { OciCapabilities } from '../oci-spec/runtime.ts';

/** The five sets as bit masks. */
export interface CapabilityMasks {
  bounding: bigint;
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
  ambient: bigint;
}

/** The mask of names such as CAP_CHOWN. Throws INVALID_ARGUMENT for a name that is none. */
export function capabilityMask(names: readonly string[]): bigint {
  let mask = 0n;
  for (const name of names) {
    const bit = capabilityBit(name);
    if (bit === undefined) throw new TsrunError('INVALID_ARGUMENT', `unknown capability: ${JSON.stringify(name)}`);
    mask |= 1n << BigInt(bit);
  }
  return mask;
}

/** The five sets of a process; a missing set is empty (and so is a missing object). Throws as `capabilityMask`. */
export function capabilityMasks(sets: OciCapabilities | undefined): CapabilityMasks {
  return {
    bounding: capabilityMask(sets?.bounding ?? []),
    effective: capabilityMask(sets?.effective ?? []),
    permitted: capabilityMask(sets?.permitted ?? []),
    inheritable: capabilityMask(sets?.inheritable ?? []),
    ambient: capabilityMask(sets?.ambient ?? []),
  };
}
