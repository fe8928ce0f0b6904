/** Device nodes and device cgroup rules of a container. */
import type { OciConfigInput } from './oci-config-input.ts';
import { TsrunError } from '../model/errors.ts';
import type { LinuxDeviceCgroup } from '../oci-spec/resources.ts';
import type { OciDevice } from '../oci-spec/runtime.ts';

/** Everything is denied but these: Docker's list, and then what every runtime adds: making any node, terminals, tunnels. */
const DEFAULT_RULES: readonly LinuxDeviceCgroup[] = [
  { allow: false, access: 'rwm' },
  character(1, 5, 'rwm'),
  character(1, 3, 'rwm'),
  character(1, 9, 'rwm'),
  character(1, 8, 'rwm'),
  character(1, 7, 'rwm'),
  character(5, 0, 'rwm'),
  character(5, 1, 'rwm'),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
  { allow: true, type: 'c', major: -1, minor: -1, access: 'm' },
  { allow: true, type: 'b', major: -1, minor: -1, access: 'm' },
  character(5, 2, 'rwm'),
  character(136, -1, 'rwm'),
  // /dev/net/tun, which programs for private networks make themselves when they have CAP_NET_ADMIN.
  character(10, 200, 'rwm'),
];

function character(major: number, minor: number, access: string): LinuxDeviceCgroup {
  return { allow: true, type: 'c', major, minor, access };
}

/** The nodes to make beside the default ones, and the rules for the device cgroup. Throws INVALID_ARGUMENT for a malformed rule. */
export function deviceConfig(input: OciConfigInput): { devices: OciDevice[]; rules: LinuxDeviceCgroup[] } {
  const rules = input.config.deviceCgroupRules.map(parseDeviceCgroupRule);
  if (input.config.privileged) {
    const asked = input.devices.map(({ device }) => device);
    const paths = new Set(asked.map(({ path }) => path));
    return { devices: [...input.hostDevices.filter(({ path }) => !paths.has(path)), ...asked], rules: [{ allow: true, access: 'rwm' }] };
  }
  const devices = input.devices.map(({ device }) => device);
  const allowed = input.devices.map(({ device, permissions }): LinuxDeviceCgroup => {
    const { type, major = -1, minor = -1 } = device;
    return { allow: true, type: type === 'b' ? 'b' : 'c', major, minor, access: permissions };
  });
  return { devices, rules: [...DEFAULT_RULES, ...allowed, ...rules] };
}

/** `--device-cgroup-rule`: `c 42:* rmw`. Throws INVALID_ARGUMENT in Docker's words. */
function parseDeviceCgroupRule(rule: string): LinuxDeviceCgroup {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(rule);
  const [, type, major, minor, access] = match ?? [];
  if (type === undefined || major === undefined || minor === undefined || access === undefined) {
    throw new TsrunError('INVALID_ARGUMENT', `invalid device cgroup format '${rule}'`);
  }
  return { allow: true, type, major: major === '*' ? -1 : Number(major), minor: minor === '*' ? -1 : Number(minor), access };
}
