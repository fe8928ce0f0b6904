/** Kernel settings of our network namespace, below /proc/sys/net/ipv4. */
import { writeFileSync } from 'node:fs';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { TsrunError, hasErrno } from '../model/errors.ts';

const pathOf = (name: string): string => `/proc/sys/net/ipv4/${name}`;

/** The value of a setting, e.g. `ip_forward` or `conf/tsrun0/route_localnet`. */
export function readSetting(name: string): string {
  return readKernelFile(pathOf(name)).trim();
}

/**
 * Change a setting.
 * @throws TsrunError PERMISSION or KERNEL: in a container without privileges /proc/sys is read-only.
 */
export function writeSetting(name: string, value: string): void {
  const path = pathOf(name);
  try {
    writeFileSync(path, value);
  } catch (error) {
    const denied = hasErrno(error, 'EACCES', 'EPERM', 'EROFS');
    throw new TsrunError(denied ? 'PERMISSION' : 'KERNEL', `cannot set ${path} to ${value}: ${(error as Error).message}`, {
      step: 4,
      call: 'write',
      path,
      hint: denied ? 'containers on a bridge need it: run as root with a writable /proc/sys, or use --network host or none' : undefined,
      cause: error,
    });
  }
}

/** Whether bridged packets pass the IP firewall (br_netfilter): then a published port can lead back to the bridge port it came from. */
export function hairpinIsNeeded(): boolean {
  try {
    return readKernelFile('/proc/sys/net/bridge/bridge-nf-call-iptables').trim() === '1';
  } catch {
    return false; // The module isn't loaded.
  }
}
