/** What the host's network looks like: which subnets are in use, and how large its packets may be. */
import { getAddresses, getRoutes, parseAddress, parseRoute, type InterfaceAddress, type Route } from '../kernel/netlink/addresses.ts';
import { getLink, parseLink } from '../kernel/netlink/links.ts';
import type { NetlinkSocket } from '../kernel/netlink/socket.ts';
import { parseIpv4, subnetOf, type Subnet } from './ipv4.ts';

export interface HostNetwork {
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
}

/** Read the host's IPv4 addresses and routes. */
export function readHostNetwork(route: NetlinkSocket): HostNetwork {
  return {
    addresses: route.dump(getAddresses()).flatMap((message) => parseAddress(message) ?? []),
    routes: route.dump(getRoutes()).flatMap((message) => parseRoute(message) ?? []),
  };
}

/** The subnets that an address or route of the host is in; those of interface `except` don't count. */
export function occupiedSubnets(host: HostNetwork, except: number | undefined): Subnet[] {
  const subnets: Subnet[] = [];
  const add = (address: string, prefix: number): void => {
    const number = parseIpv4(address);
    if (number !== undefined && prefix > 0) subnets.push(subnetOf(number, prefix));
  };
  for (const { index, address, prefix } of host.addresses) if (index !== except) add(address, prefix);
  for (const route of host.routes) if (route.interface !== except) add(route.destination, route.prefix);
  return subnets;
}

/** The first address of an interface. */
export function addressOf(host: HostNetwork, index: number): InterfaceAddress | undefined {
  return host.addresses.find((address) => address.index === index);
}

/** The mtu of the interface the default route leaves by; undefined where there is none. */
export function defaultMtu(route: NetlinkSocket, host: HostNetwork): number | undefined {
  const found = host.routes.find((candidate) => candidate.prefix === 0 && candidate.unicast && candidate.interface !== undefined);
  if (found?.interface === undefined) return undefined;
  const [answer] = route.ask([getLink(found.interface)]);
  return answer !== undefined && 'message' in answer ? parseLink(answer.message)?.mtu : undefined;
}
