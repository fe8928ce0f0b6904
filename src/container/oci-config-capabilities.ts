/** `--cap-add`, `--cap-drop` and `--privileged` merged as Docker does it. */
import { TsrunError } from '../model/errors.ts';
import { capabilityBit, capabilityNames } from '../oci-spec/capabilities.ts';
import type { OciCapabilities } from '../oci-spec/runtime.ts';

/** What a container has by default, in Docker's order. */
const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

export interface CapabilityRequest {
  capAdd: readonly string[];
  capDrop: readonly string[];
  privileged: boolean;
}

/**
 * The names that a container has. `--cap-add ALL` and `--privileged` (which ignores drops) mean all of `boundingSet`.
 *
 * @param boundingSet what root has here: the kernel would refuse more
 * @throws {TsrunError} INVALID_ARGUMENT for an unknown name, UNSUPPORTED where one was asked for by name that root lacks here.
 */
export function mergeCapabilities(request: CapabilityRequest, boundingSet: bigint): string[] {
  const available = capabilityNames(boundingSet);
  const add = request.capAdd.map((name) => normalize(name, 'CapAdd'));
  const drop = request.capDrop.map((name) => normalize(name, 'CapDrop'));
  if (request.privileged) return available;
  const named = add.filter((name) => name !== 'ALL');
  const missing = named.find((name) => !available.includes(name));
  if (missing !== undefined) {
    throw new TsrunError('UNSUPPORTED', `capability ${JSON.stringify(missing)} can't be added: root does not have it on this host`, {
      step: 2,
      hint: 'The bounding set of this machine or of the container that tsrun runs in leaves it out (CapBnd in /proc/self/status).',
    });
  }
  if (add.includes('ALL')) return available.filter((name) => !drop.includes(name));
  if (drop.includes('ALL')) return [...new Set(named)];
  const kept = DEFAULT_CAPABILITIES.filter((name) => available.includes(name) && !drop.includes(name));
  return [...new Set([...kept, ...named])];
}

/** The sets of config.json: a user other than root has them in its bounding set alone, as execve(2) would leave it. */
export function capabilitySets(names: readonly string[], uid: number): OciCapabilities {
  if (uid !== 0) return { bounding: [...names] };
  return { bounding: [...names], effective: [...names], permitted: [...names] };
}

/** `net_admin` -> `CAP_NET_ADMIN`; ALL stays. */
function normalize(name: string, option: string): string {
  const upper = name.toUpperCase();
  if (upper === 'ALL') return upper;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (capabilityBit(full) !== undefined) return full;
  throw new TsrunError('INVALID_ARGUMENT', `invalid ${option}: unknown capability: ${JSON.stringify(full)}`, { step: 2 });
}
