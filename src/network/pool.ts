/**
 * Step 5: the pool of addresses. A network's subnet is chosen once, where nothing on the host is in its way, and kept
 * in `networks`; an address is leased to a container in `leases`, the lowest that is free.
 */
import { TsrunError } from '../model/errors.ts';
import type { DatabaseSync } from '../state/database.ts';
import { formatIpv4, formatSubnet, lastAddress, overlaps, parseIpv4, parseSubnet, subnetSize, type Subnet } from './ipv4.ts';

/** A row of `networks`, read. */
export interface Network {
  readonly name: string;
  /** The bridge device. */
  readonly bridge: string;
  readonly subnet: Subnet;
  /** The bridge's own address. */
  readonly gateway: string;
}

/** Docker's default pools: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
export function candidateSubnets(): Subnet[] {
  const first = (text: string): number => parseIpv4(text) ?? 0;
  const large = Array.from({ length: 15 }, (_, index) => ({ first: first(`172.${17 + index}.0.0`), prefix: 16 }));
  const small = Array.from({ length: 16 }, (_, index) => ({ first: first(`192.168.${16 * index}.0`), prefix: 20 }));
  return [...large, ...small];
}

/**
 * The first subnet of the pools that overlaps none of `occupied`.
 * @throws TsrunError NO_SPACE where there is none.
 */
export function chooseSubnet(occupied: readonly Subnet[]): Subnet {
  const free = candidateSubnets().find((candidate) => !occupied.some((taken) => overlaps(candidate, taken)));
  if (free === undefined) {
    throw new TsrunError(
      'NO_SPACE',
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
      {
        step: 5,
        hint: 'make a bridge with a subnet of your own (ip link add … type bridge; ip addr add …) and name it with --bridge, or use --network host',
      },
    );
  }
  return free;
}

/** The network of a bridge device; undefined where it has none yet. @throws TsrunError for a row that makes no sense */
export function readNetwork(database: DatabaseSync, bridge: string): Network | undefined {
  const row = database.prepare('SELECT name, subnet, gateway FROM networks WHERE bridge = ?').get(bridge);
  if (row === undefined) return undefined;
  const subnet = parseSubnet(String(row['subnet']));
  if (subnet === undefined)
    throw new TsrunError('DATABASE', `network ${String(row['name'])} has the subnet ${String(row['subnet'])}, which is none`, { step: 5 });
  return { name: String(row['name']), bridge, subnet, gateway: String(row['gateway']) };
}

/** Write down a bridge's network. The default one is called `bridge`. */
export function recordNetwork(database: DatabaseSync, bridge: string, subnet: Subnet, gateway: string): Network {
  const taken = database.prepare("SELECT 1 FROM networks WHERE name = 'bridge'").get() !== undefined;
  const name = taken ? `bridge-${bridge}` : 'bridge';
  database
    .prepare('INSERT INTO networks (name, bridge, subnet, gateway) VALUES (?, ?, ?, ?)')
    .run(name, bridge, formatSubnet(subnet), gateway);
  return { name, bridge, subnet, gateway };
}

/** Forget a network nobody leases from. */
export function forgetNetwork(database: DatabaseSync, network: string): void {
  database.prepare('DELETE FROM networks WHERE name = ?').run(network);
}

const FACT_SUBNET = 'subnet ';

/**
 * Keep in mind which addresses a bridge had that is taken down: the next one gets the same. After a boot Docker's bridge may come later
 * than ours, and wants its old addresses.
 */
export function rememberSubnet(database: DatabaseSync, { bridge, subnet }: Network): void {
  database.prepare('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)').run(`${FACT_SUBNET}${bridge}`, formatSubnet(subnet));
}

/** What `rememberSubnet` kept, where nobody else has it by now. */
export function rememberedSubnet(database: DatabaseSync, bridge: string, occupied: readonly Subnet[]): Subnet | undefined {
  const value = database.prepare('SELECT value FROM facts WHERE name = ?').get(`${FACT_SUBNET}${bridge}`)?.['value'];
  const subnet = parseSubnet(String(value ?? ''));
  return subnet === undefined || occupied.some((taken) => overlaps(taken, subnet)) ? undefined : subnet;
}

/** Whether any container holds an address of the network. */
export function hasLeases(database: DatabaseSync, network: string): boolean {
  return database.prepare('SELECT 1 FROM leases WHERE network = ? LIMIT 1').get(network) !== undefined;
}

/** The lowest address of `subnet` that is neither taken nor the subnet's own, its broadcast's or the gateway's; undefined where it is full. */
export function lowestFree(subnet: Subnet, gateway: string, taken: ReadonlySet<string>): string | undefined {
  // A /31 or /32 has neither network nor broadcast address.
  const margin = subnetSize(subnet.prefix) > 2 ? 1 : 0;
  for (let number = subnet.first + margin; number <= lastAddress(subnet) - margin; number += 1) {
    const address = formatIpv4(number);
    if (address !== gateway && !taken.has(address)) return address;
  }
  return undefined;
}

/**
 * Lease an address to a container; the one it has, if it has one. To be called in a transaction.
 * @throws TsrunError NO_SPACE where all are taken.
 */
export function leaseAddress(database: DatabaseSync, network: Network, containerId: string): string {
  const rows = database.prepare('SELECT address, container_id FROM leases WHERE network = ?').all(network.name);
  const own = rows.find((row) => row['container_id'] === containerId);
  if (own !== undefined) return String(own['address']);
  const address = lowestFree(network.subnet, network.gateway, new Set(rows.map((row) => String(row['address']))));
  if (address === undefined) {
    throw new TsrunError(
      'NO_SPACE',
      `no available IPv4 addresses on this network's address pools: ${network.name} (${formatSubnet(network.subnet)})`,
      {
        step: 5,
        call: 'INSERT',
        path: network.name,
        hint: 'stop or remove containers, or run this one with --network host or none',
      },
    );
  }
  database.prepare('INSERT INTO leases (network, address, container_id) VALUES (?, ?, ?)').run(network.name, address, containerId);
  return address;
}

/** Give back the addresses of a container. */
export function releaseAddresses(database: DatabaseSync, containerId: string): void {
  database.prepare('DELETE FROM leases WHERE container_id = ?').run(containerId);
}
