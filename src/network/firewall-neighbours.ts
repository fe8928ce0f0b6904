/**
 * Live beside other firewalls. Docker and ufw let `iptables -P FORWARD DROP`; a packet must then be accepted in their
 * table too, whatever ours says. So our containers' packets are sent to a chain of our own at the head of theirs. What
 * may pass to a container is decided in our own table, not here. Only what iptables itself could have written is used:
 * else iptables would refuse to work with the table.
 */
import { readAttributes, readU32BE } from '../kernel/netlink/bytes.ts';
import { getLinks, parseLink } from '../kernel/netlink/links.ts';
import type { NetlinkMessage, NetlinkRequest } from '../kernel/netlink/message.ts';
import {
  batchBegin,
  batchEnd,
  deleteChain,
  deleteRule,
  flushChain,
  getChain,
  getRules,
  newChain,
  newRule,
  NEWCHAIN,
  NEWRULE,
  NFGENMSG,
  readComment,
} from '../kernel/netlink/nftables.ts';
import {
  compare,
  counter,
  jump,
  meta,
  META_IIFNAME,
  META_OIFNAME,
  NF_ACCEPT,
  REGISTER_1,
  RETURN,
  verdict,
  type Expression,
} from '../kernel/netlink/nft-expressions.ts';
import { failedWith, type Answer } from '../kernel/netlink/socket.ts';
import type { HostSockets, NetworkContext } from './context.ts';
import { allowInLegacyTables, forbidInLegacyTables } from './legacy-iptables.ts';

/** iptables' table and chain, as iptables-nft keeps them. */
const TABLE = 'filter';
const CHAIN = 'FORWARD';

/** Our chain in their table. */
const neighbourChain = (bridge: string): string => `TSRUN-${bridge}`;
const commentOf = (bridge: string): string => `tsrun ${bridge}`;

const NFTA_CHAIN_USE = 6;
const NFTA_CHAIN_USERDATA = 12;
const NFTA_RULE_HANDLE = 3;
const NFTA_RULE_USERDATA = 7;

/** What is to be asked each time: is there such a firewall, and are we in it? */
export function neighbourQuestions(bridge: string): NetlinkRequest[] {
  return [getChain(TABLE, CHAIN), getChain(TABLE, neighbourChain(bridge))];
}

/** Whether the answers say that nothing is to be done. */
export function neighboursAreSettled([theirs, ours]: readonly Answer[]): boolean {
  if (theirs === undefined || 'error' in theirs) return true;
  if (ours === undefined || 'error' in ours || ours.message.type !== NEWCHAIN) return false;
  // The kernel counts a chain's rules and the jumps to it; how many rules we made stands in its comment.
  const attributes = readAttributes(ours.message.body, NFGENMSG);
  const made = Number(/\d+$/.exec(readComment(attributes.get(NFTA_CHAIN_USERDATA)))?.[0]);
  return readU32BE(attributes.get(NFTA_CHAIN_USE)) === made + 1;
}

/** A name as iptables compares it: with its closing NUL, so that tsrun0 is not tsrun01. */
const interfaceIs = (key: number, name: string): Expression[] => [
  meta(key, REGISTER_1),
  compare(REGISTER_1, Buffer.from(`${name}\0`, 'latin1')),
];
const arrivesBy = (name: string): Expression[] => interfaceIs(META_IIFNAME, name);
const leavesBy = (name: string): Expression[] => interfaceIs(META_OIFNAME, name);

/** Bridges of Docker's networks: whether our containers may reach those behind them is for Docker's rules to say. */
const DOCKER_BRIDGE = /^(?:docker0|br-[0-9a-f]{12})$/;

/** Our chain with its rules, and one jump to it at the head of theirs. */
function neighbourRequests(bridge: string, dockerBridges: readonly string[]): NetlinkRequest[] {
  const chain = neighbourChain(bridge);
  const rule = (words: string, ...expressions: Expression[]): NetlinkRequest => newRule({ table: TABLE, chain, words, expressions });
  const rules = [
    rule(`-i ${bridge} -o ${bridge} -j ACCEPT`, ...arrivesBy(bridge), ...leavesBy(bridge), counter(), verdict(NF_ACCEPT)),
    ...dockerBridges.map((other) =>
      rule(`-i ${bridge} -o ${other} -j RETURN`, ...arrivesBy(bridge), ...leavesBy(other), counter(), verdict(RETURN)),
    ),
    rule(`-i ${bridge} -j ACCEPT`, ...arrivesBy(bridge), counter(), verdict(NF_ACCEPT)),
    rule(`-o ${bridge} -j ACCEPT`, ...leavesBy(bridge), counter(), verdict(NF_ACCEPT)),
  ];
  return [
    newChain(TABLE, chain, `tsrun rules: ${rules.length}`),
    flushChain(TABLE, chain),
    ...rules,
    newRule({
      table: TABLE,
      chain: CHAIN,
      words: `-j ${chain}`,
      expressions: [counter(), jump(chain)],
      comment: commentOf(bridge),
      first: true,
    }),
  ];
}

/** Rules of theirs that are ours: to be removed. */
function ownRules(bridge: string, rules: readonly NetlinkMessage[]): NetlinkRequest[] {
  return rules.flatMap((message) => {
    if (message.type !== NEWRULE) return [];
    const attributes = readAttributes(message.body, NFGENMSG);
    const handle = attributes.get(NFTA_RULE_HANDLE);
    const ours = readComment(attributes.get(NFTA_RULE_USERDATA)) === commentOf(bridge);
    return ours && handle !== undefined ? [deleteRule(TABLE, CHAIN, handle)] : [];
  });
}

function theirRules(sockets: HostSockets): NetlinkMessage[] | undefined {
  try {
    return sockets.netfilter.dump(getRules(TABLE, CHAIN));
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Let our bridge's packets pass whatever firewall of iptables is there; nothing where there is none. */
export function settleNeighbours({ bridge }: NetworkContext, sockets: HostSockets): void {
  allowInLegacyTables(bridge);
  const [theirs, ours] = sockets.netfilter.ask(neighbourQuestions(bridge));
  if (theirs === undefined || 'error' in theirs || neighboursAreSettled([theirs, ...(ours === undefined ? [] : [ours])])) return;
  const docker = sockets.route.dump(getLinks()).flatMap((message) => parseLink(message)?.name ?? []);
  const present = theirRules(sockets) ?? [];
  const requests = [
    ...ownRules(bridge, present),
    ...neighbourRequests(
      bridge,
      docker.filter((name) => DOCKER_BRIDGE.test(name)),
    ),
  ];
  sockets.netfilter.performBatch(batchBegin(), requests, batchEnd());
}

/** Take our rules out of others' tables. */
export function removeNeighbourRules({ bridge }: NetworkContext, sockets: HostSockets): void {
  forbidInLegacyTables(bridge);
  const chain = neighbourChain(bridge);
  const [ours] = sockets.netfilter.ask([getChain(TABLE, chain)]);
  if (ours === undefined || 'error' in ours) return;
  const requests = [...ownRules(bridge, theirRules(sockets) ?? []), flushChain(TABLE, chain), deleteChain(TABLE, chain)];
  sockets.netfilter.performBatch(batchBegin(), requests, batchEnd());
}
