/**
 * Steps 4 and 5 for one container: a network namespace of its own, held by a file descriptor, and a veth pair from the
 * bridge into it. Nothing here needs undoing but closing that descriptor: with the last user of the namespace the
 * kernel frees both ends.
 */
import { closeSync, existsSync } from 'node:fs';
import { newAddress, newDefaultRoute } from '../kernel/netlink/addresses.ts';
import { getLink, newVeth, parseLink, setHairpin, setLinkUp } from '../kernel/netlink/links.ts';
import { failedWith, NetlinkSocket, requestFailed } from '../kernel/netlink/socket.ts';
import { native } from '../kernel/native.ts';
import { beginStep } from '../kernel/steps.ts';
import { traceCall } from '../kernel/trace.ts';
import { TsrunError } from '../model/errors.ts';
import type { Bridge } from './bridge.ts';
import type { HostSockets } from './context.ts';
import { formatIpv4, lastAddress, macOf } from './ipv4.ts';

/** A container's place on the bridge. */
export interface Connection {
  /** fd of the network namespace. */
  readonly namespace: number;
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly mac: string;
  /** The end on the host, `vethXXXXXXX`. */
  readonly hostInterface: string;
}

const CONTAINER_INTERFACE = 'eth0';
const LOOPBACK = 1;
const USUAL_MTU = 1500;
/** Names are random, as Docker's; so often is another one tried. */
const NAME_ATTEMPTS = 5;

/** Containers have IPv4 only, as Docker's default bridge gives them. */
const NO_IPV6 = ['/proc/sys/net/ipv6/conf/all/disable_ipv6', '1', '/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'];

/** A network namespace in which only lo is up. @returns its fd, which the caller closes. */
function createNamespace(prepare: (inside: NetlinkSocket, namespace: number) => void): number {
  const { namespace, route } = traceCall(
    'unshare(CLONE_NEWNET)',
    () => 'a network namespace, held open by a descriptor; IPv6 is off in it',
    () => native().createNetworkNamespace(existsSync('/proc/sys/net/ipv6') ? NO_IPV6 : []),
  );
  try {
    using inside = new NetlinkSocket(route);
    prepare(inside, namespace);
    return namespace;
  } catch (error) {
    closeSync(namespace);
    throw error;
  }
}

/** What `--network none` has. */
export function createIsolatedNamespace(): number {
  return createNamespace((inside) => inside.perform([setLinkUp(LOOPBACK)]));
}

/**
 * Make a namespace connected to the bridge.
 * @throws TsrunError KERNEL or PERMISSION; then nothing is left.
 */
export function connectToBridge(
  bridge: Bridge,
  sockets: HostSockets,
  address: string,
  options: { mac?: string | undefined; hairpin?: boolean } = {},
): Connection {
  const { gateway, subnet } = bridge.network;
  const mac = options.mac ?? macOf(address);
  let hostInterface = '';
  const namespace = createNamespace((inside, target) => {
    hostInterface = makeVeth(bridge, sockets, mac, target, options.hairpin === true);
    beginStep(5, `give it an address from the pool: ${address}`);
    configureInside(inside, { address, prefix: subnet.prefix, broadcast: formatIpv4(lastAddress(subnet)), gateway });
  });
  return { namespace, address, prefix: subnet.prefix, gateway, mac, hostInterface };
}

function makeVeth(bridge: Bridge, sockets: HostSockets, mac: string, namespace: number, hairpin: boolean): string {
  for (let attempt = 1; ; attempt += 1) {
    const name = `veth${Math.floor(Math.random() * 2 ** 28)
      .toString(16)
      .padStart(7, '0')}`;
    try {
      const pair = newVeth({
        name,
        master: bridge.index,
        ...(bridge.mtu === USUAL_MTU ? {} : { mtu: bridge.mtu }),
        peer: { name: CONTAINER_INTERFACE, mac, namespace },
      });
      sockets.route.perform([pair]);
      if (hairpin) sockets.route.perform([setHairpin(name)]);
      return name;
    } catch (error) {
      if (attempt === NAME_ATTEMPTS || !failedWith(error, 'EEXIST')) throw error;
    }
  }
}

function configureInside(inside: NetlinkSocket, at: { address: string; prefix: number; broadcast: string; gateway: string }): void {
  const index = indexOf(inside, CONTAINER_INTERFACE);
  inside.perform([
    setLinkUp(LOOPBACK),
    newAddress({ index, name: CONTAINER_INTERFACE, address: at.address, prefix: at.prefix, broadcast: at.broadcast }),
    setLinkUp(index),
    newDefaultRoute(at.gateway),
  ]);
}

function indexOf(socket: NetlinkSocket, name: string): number {
  const question = getLink(name);
  const [answer] = socket.ask([question]);
  if (answer !== undefined && 'error' in answer) throw requestFailed(question, answer.error);
  const link = answer === undefined ? undefined : parseLink(answer.message);
  if (link === undefined) throw new TsrunError('INTERNAL', `the kernel did not describe ${name}`, { call: question.name, path: name });
  return link.index;
}
