/**
 * Steps 4 and 5 as the run calls them: `prepareNetwork` gives a container its network namespace, address and published
 * ports; `reclaimNetwork` gives them back.
 */
import { closeSync } from 'node:fs';
import { beginStep } from '../kernel/steps.ts';
import { traceCall } from '../kernel/trace.ts';
import type { ContainerConfig, NetworkMode, PublishedPort } from '../model/container.ts';
import { transaction, type DatabaseSync } from '../state/database.ts';
import { ensureBridge } from './bridge.ts';
import { configureInterface, connectToBridge, createIsolatedNamespace } from './connect.ts';
import { HostSockets, type NetworkContext } from './context.ts';
import { refuseForeignAddresses } from './host-address.ts';
import { formatSubnet, macOf } from './ipv4.ts';
import { openNamespaceOf } from './modes.ts';
import { NewNamespace } from './new-namespace.ts';
import { leaseAddress, type Network } from './pool.ts';
import { publishPorts, reservePorts } from './ports.ts';
import { hairpinIsNeeded } from './sysctl.ts';
import { reclaimNetwork } from './teardown.ts';

export type { NetworkContext } from './context.ts';
export { missingPorts, strayInterfaces, strayPorts } from './strays.ts';
export { reclaimNetwork, removeBridge } from './teardown.ts';

/** The container that gets a network. */
export interface NetworkedContainer {
  readonly id: string;
  readonly config: Pick<ContainerConfig, 'network' | 'ports' | 'macAddress'>;
  /** For `container:ID`: PID 1 of that container; undefined where it doesn't run. */
  readonly joinedPid?: number | undefined;
}

/** What a container got. `leaveNetwork` when its processes hold the namespace, or never will. */
export interface NetworkAttachment {
  /** fd of the network namespace; undefined is the host's. */
  readonly namespace: number | undefined;
  readonly address: string | undefined;
  /** Length of the subnet's prefix. */
  readonly prefix: number | undefined;
  readonly gateway: string | undefined;
  readonly macAddress: string | undefined;
  /** The end of the veth pair on the host. */
  readonly hostInterface: string | undefined;
  readonly ports: readonly PublishedPort[];
}

/** Close our descriptor of a network's namespace. */
export function leaveNetwork({ namespace }: NetworkAttachment): void {
  if (namespace !== undefined) closeSync(namespace);
}

const nothing = {
  address: undefined,
  prefix: undefined,
  gateway: undefined,
  macAddress: undefined,
  hostInterface: undefined,
  ports: [],
} as const satisfies Omit<NetworkAttachment, 'namespace'>;

/**
 * Give a container the network its configuration asks for. On failure nothing is left; afterwards it is
 * `reclaimNetwork`'s to give back what was leased. Not to be called in a transaction.
 * @throws TsrunError with step 4 or 5: CONFLICT (a port is in use, a container doesn't run), INVALID_ARGUMENT (a port on an address that
 *   isn't the host's), NO_SPACE, PERMISSION, KERNEL.
 */
export function prepareNetwork(context: NetworkContext, container: NetworkedContainer): NetworkAttachment {
  const { network } = container.config;
  if (network.type === 'bridge') return prepareBridged(context, container);
  const namespace = otherNamespace(network, container.joinedPid);
  beginStep(5, `no address from the pool: its network mode is ${network.type}`);
  return { ...nothing, namespace };
}

/** The namespace of every mode but the bridge's; undefined is the host's. */
function otherNamespace(network: Exclude<NetworkMode, { type: 'bridge' }>, joinedPid: number | undefined): number | undefined {
  switch (network.type) {
    case 'host':
      return undefined;
    case 'none':
      return createIsolatedNamespace();
    case 'container':
      return openNamespaceOf(network.id, joinedPid);
  }
}

function prepareBridged(context: NetworkContext, container: NetworkedContainer): NetworkAttachment {
  const { database } = context;
  const { ports: wanted, macAddress } = container.config;
  using sockets = new HostSockets();
  // Made by a thread while we see to the bridge.
  using made = new NewNamespace();
  const bridge = ensureBridge(context, sockets);
  // After the bridge is made, whose address is one of them.
  refuseForeignAddresses(wanted, sockets.route);
  const hostInterface = connectToBridge(made.descriptor, bridge, sockets, { hairpin: wanted.length > 0 && hairpinIsNeeded() });
  try {
    beginStep(5, 'give it an address from the pool');
    // Written down before it is used: whatever happens from here on, reclaimNetwork finds it.
    const { address, ports } = reserve(database, bridge.network, container);
    const { gateway, subnet } = bridge.network;
    const mac = macAddress ?? macOf(address);
    configureInterface(made.socket, { address, subnet, gateway, mac });
    if (ports.length > 0) publishPorts(database, context.bridge, sockets, container.id);
    return { namespace: made.keep(), address, prefix: subnet.prefix, gateway, macAddress: mac, hostInterface, ports };
  } catch (error) {
    made.close();
    reclaimNetwork(context, container.id);
    throw error;
  }
}

/** Lease an address, and reserve ports that lead to it. */
function reserve(database: DatabaseSync, network: Network, container: NetworkedContainer): { address: string; ports: PublishedPort[] } {
  return traceCall(
    'INSERT',
    () => `the lowest free address of ${formatSubnet(network.subnet)} is leased to the container`,
    () =>
      transaction(database, () => {
        const address = leaseAddress(database, network, container.id);
        return { address, ports: reservePorts(database, container.id, address, container.config.ports) };
      }),
  );
}
