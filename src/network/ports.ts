/**
 * Published ports: reserved in the database first, then put into the firewall's maps. Nothing listens on the host;
 * so who else uses a port is asked of the database (other containers) and of /proc/net (the host's own programs).
 */
import { addElements, batchBegin, batchEnd, deleteElements } from '../kernel/netlink/nftables.ts';
import type { NetlinkRequest } from '../kernel/netlink/message.ts';
import { failedWith } from '../kernel/netlink/socket.ts';
import type { PortRequest, PublishedPort } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { DatabaseSync } from '../state/database.ts';
import type { HostSockets } from './context.ts';
import { portElement, tableName } from './firewall.ts';
import { settleAddress } from './host-address.ts';
import { isIn } from './ipv4.ts';
import type { Network } from './pool.ts';
import { readSetting } from './sysctl.ts';
import { UsedPorts } from './used-ports.ts';

/** One row of `ports`. */
export interface Reservation {
  readonly port: PublishedPort;
  readonly containerId: string;
  readonly containerAddress: string;
}

/** IANA's dynamic ports: where the host does not name a range of its own. */
const DYNAMIC_PORTS = { first: 49_153, last: 65_535 } as const;

/** Elements of one request: an attribute holds 64 KiB, and an element has 48 bytes at most. */
const ELEMENTS_A_REQUEST = 1000;

/**
 * Reserve ports for a container: to be called in a transaction.
 * @returns the ports with their host ports settled.
 * @throws TsrunError CONFLICT in Docker's words where one is in use.
 */
export function reservePorts(
  database: DatabaseSync,
  containerId: string,
  containerAddress: string,
  requests: readonly PortRequest[],
): PublishedPort[] {
  if (requests.length === 0) return [];
  const used = new UsedPorts(readReservations(database).map(({ port }) => port));
  const insert = database.prepare(
    'INSERT INTO ports (protocol, host_address, host_port, container_id, container_address, container_port) VALUES (?, ?, ?, ?, ?, ?)',
  );
  return requests.map((asked) => {
    const { hostPortEnd, ...single } = asked;
    const request = { ...single, hostAddress: settleAddress(asked.hostAddress) };
    const inRange = hostPortEnd === undefined ? undefined : firstFree(request, hostPortEnd, used);
    const hostPort = inRange ?? (request.hostPort === 0 ? freePort(request, used) : request.hostPort);
    const port: PublishedPort = { ...request, hostPort };
    refuseConflict(port, used);
    insert.run(port.protocol, port.hostAddress, port.hostPort, containerId, containerAddress, port.containerPort);
    used.add(port);
    return port;
  });
}

function refuseConflict(port: PublishedPort, used: UsedPorts): void {
  const user = used.userOf(port);
  if (user === undefined) return;
  const where = `${port.hostAddress}:${port.hostPort}`;
  throw new TsrunError('CONFLICT', `Bind for ${where} failed: port is already allocated`, {
    step: 4,
    call: 'bind',
    path: where,
    errno: 'EADDRINUSE',
    hint:
      user === 'container'
        ? 'another container publishes it: tsrun ps shows which'
        : `a program of the host uses it: ss -lnp --${port.protocol} 'sport = ${port.hostPort}' shows which`,
  });
}

/** The lowest free port from the one asked for to `last`: `-p 8000-8010:80`. None: the first one, whose conflict is then told. */
function firstFree(request: PortRequest, last: number, used: UsedPorts): number {
  for (let { hostPort } = request; hostPort <= last; hostPort += 1) {
    if (used.userOf({ ...request, hostPort }) === undefined) return hostPort;
  }
  return request.hostPort;
}

/** The next free port of the host's dynamic range after the highest one given out, so that one that was just freed rests. */
function freePort(request: PortRequest, used: UsedPorts): number {
  const { first, last } = dynamicRange();
  const count = last - first + 1;
  const highest = used.highest(request.protocol, first, last);
  const start = highest === undefined ? 0 : highest + 1 - first;
  for (let step = 0; step < count; step += 1) {
    const hostPort = first + ((start + step) % count);
    if (used.userOf({ ...request, hostPort }) === undefined) return hostPort;
  }
  throw new TsrunError('NO_SPACE', `no host port from ${first} to ${last} is free for ${request.containerPort}/${request.protocol}`, {
    step: 4,
  });
}

function dynamicRange(): { first: number; last: number } {
  const [first, last] = readSetting('ip_local_port_range').split(/\s+/).map(Number);
  if (first === undefined || last === undefined || !(first > 0 && first <= last && last <= 65_535)) return DYNAMIC_PORTS;
  return { first, last };
}

/** What is reserved, of one container or of all. */
export function readReservations(database: DatabaseSync, containerId?: string): Reservation[] {
  const columns = 'SELECT protocol, host_address, host_port, container_id, container_address, container_port FROM ports';
  const rows =
    containerId === undefined ? database.prepare(columns).all() : database.prepare(`${columns} WHERE container_id = ?`).all(containerId);
  return rows.map((row) => ({
    port: {
      protocol: String(row['protocol']) as PublishedPort['protocol'],
      hostAddress: String(row['host_address']),
      hostPort: Number(row['host_port']),
      containerPort: Number(row['container_port']),
    },
    containerId: String(row['container_id']),
    containerAddress: String(row['container_address']),
  }));
}

/** Requests for the elements of these ports. */
function changes(
  bridge: string,
  reservations: readonly Reservation[],
  change: typeof addElements | typeof deleteElements,
): NetlinkRequest[] {
  const byMap = new Map<string, ReturnType<typeof portElement>[]>();
  for (const { port, containerAddress } of reservations) {
    const element = portElement(port, containerAddress);
    const elements = byMap.get(element.map) ?? [];
    byMap.set(element.map, elements);
    elements.push(element);
  }
  return [...byMap].flatMap(([map, elements]) =>
    inPieces(elements, ELEMENTS_A_REQUEST).map((piece) => change(tableName(bridge), map, piece)),
  );
}

function inPieces<Item>(items: readonly Item[], most: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_none, index) => items.slice(index * most, (index + 1) * most));
}

/** What puts all reserved ports of a network into a table just made: after a `nft flush ruleset` they are back. */
export function publishAll(database: DatabaseSync, { bridge, subnet }: Network): NetlinkRequest[] {
  const own = readReservations(database).filter(({ containerAddress }) => isIn(subnet, containerAddress));
  return changes(bridge, own, addElements);
}

/** Put a container's reserved ports into the firewall. */
export function publishPorts(database: DatabaseSync, bridge: string, sockets: HostSockets, containerId: string): void {
  const reservations = readReservations(database, containerId);
  if (reservations.length === 0) return;
  const add = changes(bridge, reservations, addElements);
  try {
    sockets.netfilter.performBatch(batchBegin(), add, batchEnd());
  } catch (error) {
    // Something left from another life has this key: the database knows better.
    if (!failedWith(error, 'EEXIST')) throw error;
    withdraw(bridge, sockets, reservations);
    sockets.netfilter.performBatch(batchBegin(), add, batchEnd());
  }
}

/** Take the elements out, those that are there. */
function withdraw(bridge: string, sockets: HostSockets, reservations: readonly Reservation[]): void {
  const attempt = (some: readonly Reservation[]): boolean => {
    try {
      sockets.netfilter.performBatch(batchBegin(), changes(bridge, some, deleteElements), batchEnd());
      return true;
    } catch (error) {
      if (!failedWith(error, 'ENOENT')) throw error;
      return false;
    }
  };
  // One that is missing spoils the batch: then each by itself.
  if (!attempt(reservations)) for (const reservation of reservations) attempt([reservation]);
}

/** Take a container's ports out of the firewall, then give them back. */
export function releasePorts(database: DatabaseSync, bridge: string, sockets: HostSockets, containerId: string): void {
  const reservations = readReservations(database, containerId);
  if (reservations.length === 0) return;
  withdraw(bridge, sockets, reservations);
  database.prepare('DELETE FROM ports WHERE container_id = ?').run(containerId);
}
