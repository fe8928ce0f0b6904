/**
 * Steps 4 and 5 for one container: a network namespace of its own, held by a file descriptor, and a veth pair from the
 * bridge into it. Nothing here needs undoing but closing that descriptor: with the last user of the namespace the
 * kernel frees both ends.
 */
import { closeSync, existsSync } from 'node:fs';
import { newAddress, newDefaultRoute } from '../kernel/netlink/addresses.ts';
import { getLink, newVeth, parseLink, setHairpin, setLinkAddress, setLinkUp } from '../kernel/netlink/links.ts';
import { failedWith, NetlinkSocket, requestFailed } from '../kernel/netlink/socket.ts';
import { native } from '../kernel/native.ts';
import { traceCall } from '../kernel/trace.ts';
import { TsrunError } from '../model/errors.ts';
import type { Bridge } from './bridge.ts';
import type { HostSockets } from './context.ts';
import { formatIpv4, lastAddress, type Subnet } from './ipv4.ts';

/** A container's namespace with a plug in the bridge, without address. */
export interface Plug {
  /** fd of the network namespace. */
  readonly namespace: number;
  /** An rtnetlink socket in it. */
  readonly inside: NetlinkSocket;
  /** The end on the host, `vethXXXXXXX`. */
  readonly hostInterface: string;
}

/** What an interface gets. */
export interface InterfaceAddress {
  readonly address: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  /** Hardware address: `02:42:ac:11:00:02`. */
  readonly mac: string;
}

const CONTAINER_INTERFACE = 'eth0';
const LOOPBACK = 1;
const USUAL_MTU = 1500;
/** Names are random, as Docker's; so often is another one tried. */
const NAME_ATTEMPTS = 5;

/** Containers have IPv4 only, as Docker's default bridge gives them. */
const NO_IPV6 = ['/proc/sys/net/ipv6/conf/all/disable_ipv6', '1', '/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'];

function createNamespace(): { namespace: number; inside: NetlinkSocket } {
  const { namespace, route } = traceCall(
    'unshare(CLONE_NEWNET)',
    () => 'a network namespace, held open by a descriptor; IPv6 is off in it',
    () => native().createNetworkNamespace(existsSync('/proc/sys/net/ipv6') ? NO_IPV6 : []),
  );
  return { namespace, inside: new NetlinkSocket(route) };
}

/** What `--network none` has: a namespace in which only lo is up. @returns its fd, which the caller closes. */
export function createIsolatedNamespace(): number {
  const { namespace, inside } = createNamespace();
  try {
    inside.perform([setLinkUp(LOOPBACK)]);
    return namespace;
  } catch (error) {
    closeSync(namespace);
    throw error;
  } finally {
    inside.close();
  }
}

/**
 * Step 4: a namespace with a veth pair from the bridge into it. The caller closes both descriptors.
 * @throws TsrunError KERNEL or PERMISSION; then nothing is left.
 */
export function connectToBridge(bridge: Bridge, sockets: HostSockets, options: { hairpin: boolean }): Plug {
  const { namespace, inside } = createNamespace();
  try {
    return { namespace, inside, hostInterface: makeVeth(bridge, sockets, namespace, options.hairpin) };
  } catch (error) {
    inside.close();
    closeSync(namespace);
    throw error;
  }
}

/** Step 5: the container's end gets its addresses and goes up; so does lo. */
export function configureInterface(inside: NetlinkSocket, given: InterfaceAddress): void {
  const index = indexOf(inside, CONTAINER_INTERFACE);
  const { address, subnet, gateway, mac } = given;
  inside.perform([
    setLinkUp(LOOPBACK),
    setLinkAddress(index, mac),
    newAddress({ index, name: CONTAINER_INTERFACE, address, prefix: subnet.prefix, broadcast: formatIpv4(lastAddress(subnet)) }),
    setLinkUp(index),
    newDefaultRoute(gateway),
  ]);
}

function makeVeth(bridge: Bridge, sockets: HostSockets, namespace: number, hairpin: boolean): string {
  for (let attempt = 1; ; attempt += 1) {
    const name = `veth${Math.floor(Math.random() * 2 ** 28)
      .toString(16)
      .padStart(7, '0')}`;
    try {
      const pair = newVeth({
        name,
        master: bridge.index,
        ...(bridge.mtu === USUAL_MTU ? {} : { mtu: bridge.mtu }),
        peer: { name: CONTAINER_INTERFACE, namespace },
      });
      sockets.route.perform([pair]);
      if (hairpin) sockets.route.perform([setHairpin(name)]);
      return name;
    } catch (error) {
      if (attempt === NAME_ATTEMPTS || !failedWith(error, 'EEXIST')) throw error;
    }
  }
}

function indexOf(socket: NetlinkSocket, name: string): number {
  const question = getLink(name);
  const [answer] = socket.ask([question]);
  if (answer !== undefined && 'error' in answer) throw requestFailed(question, answer.error);
  const link = answer === undefined ? undefined : parseLink(answer.message);
  if (link === undefined) throw new TsrunError('INTERNAL', `the kernel did not describe ${name}`, { call: question.name, path: name });
  return link.index;
}
