/** For `tsrun doctor`: what the kernel has of ports and interfaces that nobody recorded, and what it lacks of those that were. */
import { deleteLink, getLinks, getLoopbackOf, parseLink, type Link } from '../kernel/netlink/links.ts';
import { getNamespaceId, parseNamespaceId } from '../kernel/netlink/namespaces.ts';
import { batchBegin, batchEnd, deleteElements, getElements, parseElements } from '../kernel/netlink/nftables.ts';
import { failedWith } from '../kernel/netlink/socket.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';
import { ensureBridge } from './bridge.ts';
import { HostSockets, type NetworkContext } from './context.ts';
import { PORT_MAPS, portElement, portKeyWords, tableName } from './firewall.ts';
import { publishPorts, readReservations, type Reservation } from './ports.ts';

/** An element of a map of the firewall table, or what would be one. */
interface Element {
  map: string;
  key: Buffer;
  /** `0.0.0.0:8080/tcp` */
  words: string;
}

const idOf = ({ map, key }: { map: string; key: Uint8Array }): string => `${map} ${Buffer.from(key).toString('hex')}`;
const elementOf = ({ port, containerAddress }: Reservation): ReturnType<typeof portElement> => portElement(port, containerAddress);

/** Published ports in the firewall that nobody reserved. */
export function strayPorts(context: NetworkContext): { words: string; remove: () => void }[] {
  using sockets = new HostSockets();
  // First what is there, then who may have it: a port is reserved before it is published, and withdrawn before it is given back.
  const before = readElements(context, sockets);
  const reserved = reservedIds(context.database);
  const after = new Set(readElements(context, sockets).map((element) => idOf(element)));
  return before
    .filter((element) => !reserved.has(idOf(element)) && after.has(idOf(element)))
    .map((element) => ({ words: element.words, remove: () => removeStray(context, element) }));
}

/** Ports of containers that run (`isRunning`), recorded and not in the firewall: nothing reaches them. */
export function missingPorts(
  context: NetworkContext,
  isRunning: (containerId: string) => boolean,
): { words: string; containerId: string; publish: () => void }[] {
  using sockets = new HostSockets();
  const reservations = readReservations(context.database).filter(({ containerId }) => isRunning(containerId));
  if (reservations.length === 0) return [];
  const there = new Set(readElements(context, sockets).map((element) => idOf(element)));
  // One that was withdrawn meanwhile is going to be given back.
  const still = reservedIds(context.database);
  return reservations
    .filter((reservation) => !there.has(idOf(elementOf(reservation))) && still.has(idOf(elementOf(reservation))))
    .map(({ port, containerId }) => ({
      words: `${port.hostAddress}:${port.hostPort}/${port.protocol}`,
      containerId,
      publish: () => publishAgain(context, containerId),
    }));
}

/**
 * Ports of the bridge whose other end is in no container: some process still has the namespace of one that ended.
 * @param livePids PID 1 of each container that runs; undefined: one is just starting, so that it can't be told
 */
export function strayInterfaces(
  context: NetworkContext,
  livePids: () => readonly number[] | undefined,
): { name: string; remove: () => void }[] {
  using sockets = new HostSockets();
  const links = sockets.route.dump(getLinks()).flatMap((message) => parseLink(message) ?? []);
  const bridge = links.find((link) => link.name === context.bridge && link.kind === 'bridge');
  const ends = links.filter((link) => link.kind === 'veth' && bridge !== undefined && link.master === bridge.index);
  if (ends.length === 0) return [];
  // After the interfaces: each of them belongs to a container that was recorded by then.
  const pids = livePids();
  if (pids === undefined) return [];
  const inUse = new Set(namespacesOf(sockets, pids));
  return ends
    .filter(({ peerNamespace: id }) => id !== undefined && !inUse.has(id) && isHeld(sockets, id))
    .map((link) => ({ name: link.name, remove: () => removeInterface(link) }));
}

function namespacesOf(sockets: HostSockets, pids: readonly number[]): number[] {
  return sockets.route
    .ask(pids.map((pid) => getNamespaceId(pid)))
    .flatMap((answer) => ('message' in answer ? (parseNamespaceId(answer.message) ?? []) : []));
}

/** Whether anything has the namespace; else the kernel is about to take its interfaces away. */
function isHeld(sockets: HostSockets, namespace: number): boolean {
  return sockets.route.ask([getLoopbackOf(namespace)]).every((answer) => 'message' in answer);
}

function removeInterface({ index }: Link): void {
  using sockets = new HostSockets();
  try {
    sockets.route.perform([deleteLink(index)]);
  } catch (error) {
    if (!failedWith(error, 'ENODEV')) throw error;
  }
}

function readElements({ bridge }: NetworkContext, sockets: HostSockets): Element[] {
  return PORT_MAPS.flatMap((map) => {
    try {
      return sockets.netfilter
        .dump(getElements(tableName(bridge), map))
        .flatMap((message) => parseElements(message))
        .map(({ key }) => ({ map, key, words: portKeyWords(map, key) }));
    } catch (error) {
      // No table: no container with a network was ever here, or somebody flushed the firewall.
      if (failedWith(error, 'ENOENT')) return [];
      throw error;
    }
  });
}

const reservedIds = (database: DatabaseSync): Set<string> => new Set(readReservations(database).map((each) => idOf(elementOf(each))));

/** In a transaction: who reserves the port meanwhile publishes it afterwards. */
function removeStray(context: NetworkContext, element: Element): void {
  using sockets = new HostSockets();
  transaction(context.database, () => {
    if (reservedIds(context.database).has(idOf(element))) return;
    try {
      sockets.netfilter.performBatch(batchBegin(), [deleteElements(tableName(context.bridge), element.map, [element])], batchEnd());
    } catch (error) {
      if (!failedWith(error, 'ENOENT')) throw error;
    }
  });
}

function publishAgain(context: NetworkContext, containerId: string): void {
  using sockets = new HostSockets();
  // With the table, where that is gone too.
  ensureBridge(context, sockets);
  publishPorts(context.database, context.bridge, sockets, containerId);
}
