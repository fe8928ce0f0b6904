/**
 * Step 4: the bridge that containers are connected to, like Docker's docker0: made on first use, with the gateway's
 * address of its pool, forwarding, and a firewall table. What is there costs two questions to the kernel to find out.
 */
import { newAddress } from '../kernel/netlink/addresses.ts';
import { getLink, newBridge, noAutomaticIpv6, parseLink, setLinkUp, type Link } from '../kernel/netlink/links.ts';
import { batchBegin, batchEnd, getTable } from '../kernel/netlink/nftables.ts';
import type { NetlinkRequest } from '../kernel/netlink/message.ts';
import { getNetconf, parseForwarding } from '../kernel/netlink/netconf.ts';
import { failedWith, requestFailed, type Answer } from '../kernel/netlink/socket.ts';
import { errnoName } from '../kernel/errno.ts';
import { TsrunError } from '../model/errors.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';
import type { HostSockets, NetworkContext } from './context.ts';
import { neighbourQuestions, neighboursAreSettled, settleNeighbours } from './firewall-neighbours.ts';
import { tableName, tableRequests } from './firewall.ts';
import { addressOf, defaultMtu, occupiedSubnets, readHostNetwork, type HostNetwork } from './host.ts';
import { formatIpv4, lastAddress, macOf, overlaps, parseIpv4, subnetOf } from './ipv4.ts';
import { chooseSubnet, forgetNetwork, hasLeases, readNetwork, recordNetwork, rememberedSubnet, type Network } from './pool.ts';
import { publishAll } from './ports.ts';
import { readSetting, writeSetting } from './sysctl.ts';

/** The bridge, ready for ports. */
export interface Bridge {
  readonly index: number;
  readonly mtu: number;
  readonly network: Network;
}

/** Linux' own; a smaller one of the host's way out wins, a larger one doesn't. */
const USUAL_MTU = 1500;
/** In `facts`: what ip_forward was before this engine turned it on. */
export const FACT_IP_FORWARD = 'ip_forward_before';

/**
 * See that the bridge of this engine is there and works; make what is missing. Not to be called in a transaction.
 * @throws TsrunError CONFLICT where an interface of that name is no bridge; NO_SPACE, PERMISSION, KERNEL.
 */
export function ensureBridge(context: NetworkContext, sockets: HostSockets): Bridge {
  const link = findComplete(context, sockets);
  const network = link === undefined ? undefined : readNetwork(context.database, context.bridge);
  if (link !== undefined && network !== undefined) return { index: link.index, mtu: link.mtu, network };
  // One maker at a time; the second finds everything made.
  return transaction(context.database, () => makeBridge(context, sockets));
}

/** The bridge where it lacks nothing, as far as the kernel is concerned: two questions. */
function findComplete(context: NetworkContext, sockets: HostSockets): Link | undefined {
  const link = getLink(context.bridge);
  const [found, netconf] = sockets.route.ask([link, getNetconf()]);
  const bridge = readLink(link, found);
  // It is set up last of all, so a bridge that is up is complete; but anybody can stop forwarding, or flush a firewall.
  const forwards = netconf !== undefined && 'message' in netconf && parseForwarding(netconf.message) === true;
  if (bridge?.kind !== 'bridge' || !bridge.up || !forwards) return undefined;
  const [table, ...neighbours] = sockets.netfilter.ask([getTable(tableName(context.bridge)), ...neighbourQuestions(context.bridge)]);
  return table !== undefined && 'message' in table && neighboursAreSettled(neighbours) ? bridge : undefined;
}

function findLink(sockets: HostSockets, name: string): Link | undefined {
  const question = getLink(name);
  return readLink(question, sockets.route.ask([question])[0]);
}

/** An answer to `question`; undefined where there is no such interface. */
function readLink(question: NetlinkRequest, answer: Answer | undefined): Link | undefined {
  if (answer !== undefined && 'message' in answer) return parseLink(answer.message);
  if (answer === undefined || errnoName(answer.error.errno) === 'ENODEV') return undefined;
  throw requestFailed(question, answer.error);
}

function makeBridge(context: NetworkContext, sockets: HostSockets): Bridge {
  const { database, bridge: name } = context;
  const host = readHostNetwork(sockets.route);
  const link = findLink(sockets, name) ?? makeLink(sockets, name, host);
  if (link.kind !== 'bridge') {
    throw new TsrunError('CONFLICT', `the interface ${name} is not a bridge but ${link.kind === '' ? 'hardware' : `a ${link.kind}`}`, {
      step: 4,
      path: name,
      hint: 'name another bridge with --bridge',
    });
  }
  const network = settleNetwork(database, name, host, link);
  giveAddress(sockets, link, network);
  forward(database);
  writeSetting(`conf/${name}/route_localnet`, '1');
  const [table] = sockets.netfilter.ask([getTable(tableName(name))]);
  if (!link.up || table === undefined || 'error' in table) {
    sockets.netfilter.performBatch(batchBegin(), [...tableRequests(name, network.subnet), ...publishAll(database, network)], batchEnd());
  }
  settleNeighbours(context, sockets);
  sockets.route.perform([noAutomaticIpv6(link.index), setLinkUp(link.index)]);
  return { index: link.index, mtu: link.mtu, network };
}

function makeLink(sockets: HostSockets, name: string, host: HostNetwork): Link {
  const mtu = Math.min(USUAL_MTU, defaultMtu(sockets.route, host) ?? USUAL_MTU);
  try {
    // Its hardware address is fixed here: else it would change with its ports, and neighbours would look for the old one.
    sockets.route.perform([newBridge({ name, mac: randomMac(), mtu })]);
  } catch (error) {
    // Another engine was quicker.
    if (!failedWith(error, 'EEXIST')) throw error;
  }
  const made = findLink(sockets, name);
  if (made === undefined) throw new TsrunError('KERNEL', `the bridge ${name} vanished while it was made`, { step: 4, path: name });
  return made;
}

/** Locally administered, in Docker's range. */
function randomMac(): string {
  return macOf(formatIpv4(Math.floor(Math.random() * 2 ** 32)));
}

/** The network of the bridge: the one written down; else the one its address tells of; else a free one. */
function settleNetwork(database: DatabaseSync, name: string, host: HostNetwork, link: Link): Network {
  const occupied = occupiedSubnets(host, link.index);
  const known = readNetwork(database, name);
  if (known !== undefined) {
    // A network that came up since (a VPN) wins over one that nobody uses now.
    const inTheWay = !link.up && occupied.some((taken) => overlaps(taken, known.subnet));
    if (!inTheWay || hasLeases(database, known.name)) return known;
    forgetNetwork(database, known.name);
  }
  const address = addressOf(host, link.index);
  const number = parseIpv4(address?.address ?? '');
  if (address !== undefined && number !== undefined)
    return recordNetwork(database, name, subnetOf(number, address.prefix), address.address);
  const subnet = rememberedSubnet(database, name, occupied) ?? chooseSubnet(occupied);
  return recordNetwork(database, name, subnet, formatIpv4(subnet.first + 1));
}

function giveAddress(sockets: HostSockets, link: Link, network: Network): void {
  const { subnet, gateway } = network;
  const broadcast = formatIpv4(lastAddress(subnet));
  try {
    sockets.route.perform([newAddress({ index: link.index, name: link.name, address: gateway, prefix: subnet.prefix, broadcast })]);
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
  }
}

/** Let the host pass packets on, and remember whether it did before. */
function forward(database: DatabaseSync): void {
  const before = readSetting('ip_forward');
  if (before !== '0') return;
  database.prepare('INSERT OR IGNORE INTO facts (name, value) VALUES (?, ?)').run(FACT_IP_FORWARD, before);
  writeSetting('ip_forward', '1');
}
