/**
 * The firewall table of a bridge, as data: `table ip tsrun_<bridge>`. Containers leave with the host's address, and
 * published ports lead to them: one lookup in a map, however many there are, and no proxy process.
 */
import { concatenation, deleteTable, newBaseChain, newMap, newRule, newTable, type MapElement } from '../kernel/netlink/nftables.ts';
import {
  compare,
  connection,
  CT_STATE,
  CT_STATUS,
  destinationNat,
  destinationType,
  lookup,
  mask32,
  masquerade,
  meta,
  META_IIFNAME,
  META_L4PROTO,
  META_OIFNAME,
  NETWORK_HEADER,
  NF_ACCEPT,
  NF_DROP,
  payload,
  REGISTER_1,
  REGISTER_1_WORD_2,
  REGISTER_1_WORD_3,
  TRANSPORT_HEADER,
  verdict,
  type Expression,
} from '../kernel/netlink/nft-expressions.ts';
import type { NetlinkRequest } from '../kernel/netlink/message.ts';
import { Writer } from '../kernel/netlink/bytes.ts';
import type { PublishedPort } from '../model/container.ts';
import { formatSubnet, ipv4Bytes, type Subnet, formatIpv4 } from './ipv4.ts';

const PORTS_MAP = 'ports';
const ADDRESSED_PORTS_MAP = 'addressed_ports';
export const PORT_MAPS: readonly string[] = [PORTS_MAP, ADDRESSED_PORTS_MAP];
const PORTS_ID = 1;
const ADDRESSED_PORTS_ID = 2;

/** The table of a bridge. */
export const tableName = (bridge: string): string => `tsrun_${bridge}`;

const IP_SOURCE = 12;
const IP_DESTINATION = 16;
const RTN_LOCAL = 2;
const CT_ESTABLISHED_OR_RELATED = 2 | 4;
const IPS_DST_NAT = 32;

const word = (value: number): Uint8Array => new Writer().u32(value).take();

/** An interface's name as the kernel compares it: 16 bytes. */
export function interfaceName(name: string): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.write(name, 'latin1');
  return bytes;
}

const interfaceIs = (key: number, bridge: string, not: 'not' | '' = ''): Expression[] => [
  meta(key, REGISTER_1),
  compare(REGISTER_1, interfaceName(bridge), not),
];
const arrivesBy = (bridge: string): Expression[] => interfaceIs(META_IIFNAME, bridge);
const leavesBy = (bridge: string, not: 'not' | '' = ''): Expression[] => interfaceIs(META_OIFNAME, bridge, not);
const toThisHost: Expression[] = [destinationType(REGISTER_1), compare(REGISTER_1, word(RTN_LOCAL))];
const isLoopback = (offset: number): Expression[] => [
  payload(NETWORK_HEADER, offset, 1, REGISTER_1),
  compare(REGISTER_1, Uint8Array.of(127)),
];
const connectionHas = (key: number, mask: number): Expression[] => [
  connection(key, REGISTER_1),
  mask32(REGISTER_1, mask),
  compare(REGISTER_1, word(0), 'not'),
];
const wasPublished = connectionHas(CT_STATUS, IPS_DST_NAT);

/** Source address in a subnet: whole bytes are compared as they are, others masked. */
function comesFrom(subnet: Subnet): Expression[] {
  const bytes = ipv4Bytes(formatIpv4(subnet.first));
  if (subnet.prefix % 8 === 0 && subnet.prefix > 0) {
    const length = subnet.prefix / 8;
    return [payload(NETWORK_HEADER, IP_SOURCE, length, REGISTER_1), compare(REGISTER_1, bytes.subarray(0, length))];
  }
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(subnet.prefix === 0 ? 0 : (0xffffffff << (32 - subnet.prefix)) >>> 0);
  return [payload(NETWORK_HEADER, IP_SOURCE, 4, REGISTER_1), mask32(REGISTER_1, mask.readUInt32LE(0)), compare(REGISTER_1, bytes)];
}

const findPort: Expression[] = [
  meta(META_L4PROTO, REGISTER_1),
  payload(TRANSPORT_HEADER, 2, 2, REGISTER_1_WORD_2),
  lookup(PORTS_MAP, PORTS_ID, REGISTER_1, REGISTER_1),
  destinationNat(REGISTER_1, REGISTER_1_WORD_2),
];
const findAddressedPort: Expression[] = [
  payload(NETWORK_HEADER, IP_DESTINATION, 4, REGISTER_1),
  meta(META_L4PROTO, REGISTER_1_WORD_2),
  payload(TRANSPORT_HEADER, 2, 2, REGISTER_1_WORD_3),
  lookup(ADDRESSED_PORTS_MAP, ADDRESSED_PORTS_ID, REGISTER_1, REGISTER_1),
  destinationNat(REGISTER_1, REGISTER_1_WORD_2),
];

/** The rules, chain by chain, in order. */
function rules(table: string, bridge: string, subnet: Subnet): NetlinkRequest[] {
  const made: NetlinkRequest[] = [];
  const rule = (chain: string, words: string, ...expressions: Expression[]): void =>
    void made.push(newRule({ table, chain, words, expressions }));
  const from = `ip saddr ${formatSubnet(subnet)}`;

  // route_localnet lets 127.0.0.1 be translated; no container may use it to reach what listens there.
  rule('guard', `iifname "${bridge}" ip daddr 127.0.0.0/8 drop`, ...arrivesBy(bridge), ...isLoopback(IP_DESTINATION), verdict(NF_DROP));

  for (const chain of ['prerouting', 'output']) {
    rule(
      chain,
      `fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @${ADDRESSED_PORTS_MAP}`,
      ...toThisHost,
      ...findAddressedPort,
    );
    rule(chain, `fib daddr type local dnat ip to meta l4proto . th dport map @${PORTS_MAP}`, ...toThisHost, ...findPort);
  }

  rule('postrouting', `${from} oifname != "${bridge}" masquerade`, ...comesFrom(subnet), ...leavesBy(bridge, 'not'), masquerade());
  rule('postrouting', `ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade`, ...isLoopback(IP_SOURCE), ...leavesBy(bridge), masquerade());
  // Hairpin: one container (or the same) by a published port; answers must come back this way.
  rule(
    'postrouting',
    `${from} oifname "${bridge}" ct status dnat masquerade`,
    ...comesFrom(subnet),
    ...leavesBy(bridge),
    ...wasPublished,
    masquerade(),
  );

  // From outside only answers and published ports come in: being on the same wire as the host opens nothing.
  rule('forward', `iifname "${bridge}" accept`, ...arrivesBy(bridge), verdict(NF_ACCEPT));
  rule(
    'forward',
    `oifname "${bridge}" ct state established,related accept`,
    ...leavesBy(bridge),
    ...connectionHas(CT_STATE, CT_ESTABLISHED_OR_RELATED),
    verdict(NF_ACCEPT),
  );
  rule('forward', `oifname "${bridge}" ct status dnat accept`, ...leavesBy(bridge), ...wasPublished, verdict(NF_ACCEPT));
  rule('forward', `oifname "${bridge}" drop`, ...leavesBy(bridge), verdict(NF_DROP));
  return made;
}

/** Make the whole table, in place of one that may be there: to be performed as one batch. */
export function tableRequests(bridge: string, subnet: Subnet): NetlinkRequest[] {
  const table = tableName(bridge);
  const policy = NF_ACCEPT;
  return [
    // "Add, delete, add" works whether it was there or not.
    newTable(table),
    deleteTable(table),
    newTable(table),
    newBaseChain(table, { name: 'guard', kind: 'filter', hook: 'prerouting', priority: -300, policy }),
    newBaseChain(table, { name: 'prerouting', kind: 'nat', hook: 'prerouting', priority: -100, policy }),
    newBaseChain(table, { name: 'output', kind: 'nat', hook: 'output', priority: -100, policy }),
    newBaseChain(table, { name: 'postrouting', kind: 'nat', hook: 'postrouting', priority: 100, policy }),
    newBaseChain(table, { name: 'forward', kind: 'filter', hook: 'forward', priority: 0, policy }),
    newMap(table, {
      name: PORTS_MAP,
      id: PORTS_ID,
      keyType: concatenation('inet_proto', 'inet_service'),
      keyLength: 8,
      dataType: concatenation('ipv4_addr', 'inet_service'),
      dataLength: 8,
    }),
    newMap(table, {
      name: ADDRESSED_PORTS_MAP,
      id: ADDRESSED_PORTS_ID,
      keyType: concatenation('ipv4_addr', 'inet_proto', 'inet_service'),
      keyLength: 12,
      dataType: concatenation('ipv4_addr', 'inet_service'),
      dataLength: 8,
    }),
    ...rules(table, bridge, subnet),
  ];
}

const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** A published port as an element of one of the two maps. */
export function portElement(port: PublishedPort, containerAddress: string): MapElement & { readonly map: string } {
  const any = port.hostAddress === '0.0.0.0';
  const key = new Writer();
  if (!any) key.bytes(ipv4Bytes(port.hostAddress));
  key.u8(PROTOCOLS[port.protocol]).align().u16BE(port.hostPort).align();
  const value = new Writer().bytes(ipv4Bytes(containerAddress)).u16BE(port.containerPort).align();
  const host = any ? '' : `${port.hostAddress} . `;
  return {
    map: any ? PORTS_MAP : ADDRESSED_PORTS_MAP,
    key: key.take(),
    value: value.take(),
    words: `${host}${port.protocol} . ${port.hostPort} : ${containerAddress} . ${port.containerPort}`,
  };
}

/** The key of an element of one of the two maps, as `nft` would say it. */
export function portKeyWords(map: string, key: Buffer): string {
  const [protocol, port] = map === PORTS_MAP ? [key[0], key.subarray(4, 6)] : [key[4], key.subarray(8, 10)];
  const name = Object.entries(PROTOCOLS).find(([, number]) => number === protocol)?.[0] ?? String(protocol);
  const address = map === PORTS_MAP ? '0.0.0.0' : key.subarray(0, 4).join('.');
  return `${address}:${port.length < 2 ? '' : port.readUInt16BE()}/${name}`;
}
