/** rtnetlink: settings of IPv4, without a walk through /proc/sys. Source: linux/netconf.h. */
import { readAttributes, readU32, Writer } from './bytes.ts';
import type { NetlinkMessage, NetlinkRequest } from './message.ts';

const RTM_NEWNETCONF = 80;
const RTM_GETNETCONF = 82;
const AF_INET = 2;
const NETCONFA_IFINDEX = 1;
const NETCONFA_FORWARDING = 2;
/** -1: what holds for all interfaces, /proc/sys/net/ipv4/conf/all. */
const NETCONFA_IFINDEX_ALL = 0xffff_ffff;

/** Ask for the settings that hold for all interfaces. */
export function getNetconf(): NetlinkRequest {
  const body = new Writer().u8(AF_INET).align().attributeU32(NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL).take();
  return { name: 'RTM_GETNETCONF', type: RTM_GETNETCONF, flags: 0, body, words: 'whether the host forwards packets' };
}

/** Whether ip_forward is on; undefined for any other message. */
export function parseForwarding(message: NetlinkMessage): boolean | undefined {
  if (message.type !== RTM_NEWNETCONF) return undefined;
  const value = readU32(readAttributes(message.body, 4).get(NETCONFA_FORWARDING));
  return value === undefined ? undefined : value !== 0;
}
