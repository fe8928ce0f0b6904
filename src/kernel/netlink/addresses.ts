/** rtnetlink: IPv4 addresses and routes. Source: rtnetlink(7), linux/if_addr.h, linux/rtnetlink.h. */
import { readAttributes, readU32, Writer } from './bytes.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type NetlinkMessage, type NetlinkRequest } from './message.ts';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const AF_INET = 2;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RTN_UNICAST = 1;

export interface InterfaceAddress {
  readonly index: number;
  /** As `172.17.0.1`. */
  readonly address: string;
  readonly prefix: number;
}

export interface Route {
  /** `0.0.0.0` with prefix 0 is the default route. */
  readonly destination: string;
  readonly prefix: number;
  /** Index of the interface it leaves by. */
  readonly interface: number | undefined;
  readonly gateway: string | undefined;
  /** Whether it leads to others: not broadcast, local or blackhole. */
  readonly unicast: boolean;
}

const addressBytes = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);
const formatAddress = (bytes: Uint8Array): string => bytes.join('.');

/** Give an interface an IPv4 address (and so a route to its subnet, when it is up). */
export function newAddress(options: { index: number; name: string; address: string; prefix: number; broadcast: string }): NetlinkRequest {
  const writer = new Writer().u8(AF_INET).u8(options.prefix).u8(0).u8(RT_SCOPE_UNIVERSE).u32(options.index);
  writer.attribute(IFA_LOCAL, addressBytes(options.address));
  writer.attribute(IFA_BROADCAST, addressBytes(options.broadcast));
  writer.attribute(IFA_ADDRESS, addressBytes(options.address));
  const words = `address ${options.address}/${options.prefix} for ${options.name}`;
  return { name: 'RTM_NEWADDR', type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, body: writer.take(), words };
}

/** The route to everything else, by a gateway that is reached directly. */
export function newDefaultRoute(gateway: string): NetlinkRequest {
  const writer = new Writer().u8(AF_INET).u8(0).u8(0).u8(0).u8(RT_TABLE_MAIN).u8(RTPROT_BOOT).u8(RT_SCOPE_UNIVERSE).u8(RTN_UNICAST).u32(0);
  writer.attribute(RTA_GATEWAY, addressBytes(gateway));
  return {
    name: 'RTM_NEWROUTE',
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: writer.take(),
    words: `default route by ${gateway}`,
  };
}

/** Ask for all IPv4 addresses: to be dumped. */
export function getAddresses(): NetlinkRequest {
  const body = new Writer().u8(AF_INET).u8(0).u8(0).u8(0).u32(0).take();
  return { name: 'RTM_GETADDR', type: RTM_GETADDR, flags: 0, body, words: 'all IPv4 addresses' };
}

/** Ask for all IPv4 routes: to be dumped. */
export function getRoutes(): NetlinkRequest {
  const body = new Writer().u8(AF_INET).u8(0).u8(0).u8(0).u32(0).u32(0).take();
  return { name: 'RTM_GETROUTE', type: RTM_GETROUTE, flags: 0, body, words: 'all IPv4 routes' };
}

/** Read an RTM_NEWADDR of IPv4; undefined for any other message. */
export function parseAddress(message: NetlinkMessage): InterfaceAddress | undefined {
  if (message.type !== RTM_NEWADDR || message.body[0] !== AF_INET) return undefined;
  const attributes = readAttributes(message.body, 8);
  const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (address === undefined) return undefined;
  return { index: message.body.readUInt32LE(4), address: formatAddress(address), prefix: message.body[1] ?? 32 };
}

/** Read an RTM_NEWROUTE of IPv4; undefined for any other message. */
export function parseRoute(message: NetlinkMessage): Route | undefined {
  if (message.type !== RTM_NEWROUTE || message.body[0] !== AF_INET) return undefined;
  const attributes = readAttributes(message.body, 12);
  const gateway = attributes.get(RTA_GATEWAY);
  return {
    destination: formatAddress(attributes.get(RTA_DST) ?? new Uint8Array(4)),
    prefix: message.body[1] ?? 0,
    interface: readU32(attributes.get(RTA_OIF)),
    gateway: gateway === undefined ? undefined : formatAddress(gateway),
    unicast: message.body[7] === RTN_UNICAST,
  };
}
