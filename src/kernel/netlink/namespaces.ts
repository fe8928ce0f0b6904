/** rtnetlink: the numbers that a network namespace has for others. Source: linux/net_namespace.h. */
import { readAttributes, readU32, Writer } from './bytes.ts';
import type { NetlinkMessage, NetlinkRequest } from './message.ts';

const RTM_NEWNSID = 88;
const RTM_GETNSID = 90;
const NETNSA_NSID = 1;
const NETNSA_PID = 2;
/** struct rtgenmsg, padded. */
const RTGENMSG = 4;
const NOT_ASSIGNED = 0xffff_ffff;

/** Ask what number a process's namespace has here; ESRCH where there is no such process. */
export function getNamespaceId(pid: number): NetlinkRequest {
  const body = new Writer().u32(0).attributeU32(NETNSA_PID, pid).take();
  return { name: 'RTM_GETNSID', type: RTM_GETNSID, flags: 0, body, words: `the network namespace of process ${pid}` };
}

/** Read an answer to `getNamespaceId`; undefined where nothing here leads into that namespace. */
export function parseNamespaceId(message: NetlinkMessage): number | undefined {
  if (message.type !== RTM_NEWNSID) return undefined;
  const id = readU32(readAttributes(message.body, RTGENMSG).get(NETNSA_NSID));
  return id === NOT_ASSIGNED ? undefined : id;
}
