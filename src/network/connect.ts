/**
 * Steps 4 and 5 for one container: a veth pair from the bridge into its network namespace. Nothing here needs undoing but closing the
 * namespace's descriptor: with the last user of the namespace the kernel frees both ends.
 */
import { newAddress, newDefaultRoute } from '../kernel/netlink/addresses.ts';
import { getLink, newVeth, parseLink, setHairpin, setLinkAddress, setLinkUp } from '../kernel/netlink/links.ts';
import { failedWith, requestFailed, type NetlinkSocket } from '../kernel/netlink/socket.ts';
import { TsrunError } from '../model/errors.ts';
import type { Bridge } from './bridge.ts';
import type { HostSockets } from './context.ts';
import { formatIpv4, lastAddress, type Subnet } from './ipv4.ts';
import { NewNamespace } from './new-namespace.ts';

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

/** What `--network none` has: a namespace in which only lo is up. @returns its fd, which the caller closes. */
export function createIsolatedNamespace(): number {
  using made = new NewNamespace();
  made.socket.perform([setLinkUp(LOOPBACK)]);
  return made.keep();
}

/**
 * Step 4: a veth pair from the bridge into the network namespace of a descriptor.
 * @returns the name of the end on the host, `vethXXXXXXX`
 * @throws TsrunError KERNEL or PERMISSION; then nothing is left.
 */
export function connectToBridge(namespace: number, bridge: Bridge, sockets: HostSockets, options: { hairpin: boolean }): string {
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
      if (options.hairpin) sockets.route.perform([setHairpin(name)]);
      return name;
    } catch (error) {
      if (attempt === NAME_ATTEMPTS || !failedWith(error, 'EEXIST')) throw error;
    }
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

function indexOf(socket: NetlinkSocket, name: string): number {
  const question = getLink(name);
  const [answer] = socket.ask([question]);
  if (answer !== undefined && 'error' in answer) throw requestFailed(question, answer.error);
  const link = answer === undefined ? undefined : parseLink(answer.message);
  if (link === undefined) throw new TsrunError('INTERNAL', `the kernel did not describe ${name}`, { call: question.name, path: name });
  return link.index;
}
