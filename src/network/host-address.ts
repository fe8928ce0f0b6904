/** The `127.0.0.1` of `-p 127.0.0.1:80:80`: which addresses of the host a port can be published on. */
import type { NetlinkSocket } from '../kernel/netlink/socket.ts';
import type { PortRequest } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { readHostNetwork } from './host.ts';
import { readSetting } from './sysctl.ts';

export const ANY = '0.0.0.0';

/**
 * The address that a port is published on: any, where none was named.
 * @throws TsrunError UNSUPPORTED for Docker's `-p [::1]:80:80` and `[::]:80:80`: no IPv6 here, and IPv4 isn't what was asked for
 */
export function settleAddress(address: string): string {
  if (address === '') return ANY;
  if (!address.includes(':')) return address;
  throw new TsrunError('UNSUPPORTED', `cannot publish a port on the IPv6 address ${address}: containers have IPv4 only`, {
    step: 4,
    path: address,
  });
}

/**
 * Refuse ports on an address that isn't this host's: nothing would ever come in there. Docker finds out when it binds; nothing binds here.
 * A host that lets programs bind addresses it hasn't yet (`net.ipv4.ip_nonlocal_bind`: one that takes over from another) lets us, too.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function refuseForeignAddresses(requests: readonly PortRequest[], route: NetlinkSocket): void {
  const asked = requests.filter(({ hostAddress }) => !isOwnForSure(hostAddress));
  if (asked.length === 0) return;
  const own = new Set(readHostNetwork(route).addresses.map(({ address }) => address));
  const foreign = asked.find(({ hostAddress }) => !own.has(hostAddress));
  if (foreign === undefined || readSetting('ip_nonlocal_bind') === '1') return;
  const { hostAddress, hostPort, protocol } = foreign;
  throw new TsrunError('INVALID_ARGUMENT', `listen ${protocol}4 ${hostAddress}:${hostPort}: bind: cannot assign requested address`, {
    step: 4,
    call: 'bind',
    path: `${hostAddress}:${hostPort}`,
    errno: 'EADDRNOTAVAIL',
    hint: `no interface of this host has the address ${hostAddress}: ip addr shows those it has`,
  });
}

/** Without asking the kernel. IPv6 is refused by `settleAddress`. */
function isOwnForSure(address: string): boolean {
  return address === '' || address === ANY || address.startsWith('127.') || address.includes(':');
}
