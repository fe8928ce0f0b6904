/**
 * Steps 4 and 5 as the run calls them: `prepareNetwork` gives a container its network namespace, address and published
 * ports; `reclaimNetwork` gives them back.
 */
import { closeSync } from 'node:fs';
import type { ContainerConfig, NetworkMode, PublishedPort } from '../model/container.ts';
import { beginStep } from '../kernel/steps.ts';
import { transaction } from '../state/database.ts';
import { ensureBridge, inspectBridge } from './bridge.ts';
import { connectToBridge, createIsolatedNamespace } from './connect.ts';
import { HostSockets, type NetworkContext } from './context.ts';
import { openNamespaceOf } from './modes.ts';
import { leaseAddress } from './pool.ts';
import { publishPorts, reservePorts } from './ports.ts';
import { hairpinIsNeeded } from './sysctl.ts';
import { reclaimNetwork } from './teardown.ts';

export type { NetworkContext } from './context.ts';
export { reclaimNetwork, removeBridge } from './teardown.ts';

/** The container that gets a network. */
export interface NetworkedContainer {
  readonly id: string;
  readonly config: Pick<ContainerConfig, 'network' | 'ports' | 'macAddress'>;
  /** For `container:ID`: PID 1 of that container; undefined where it doesn't run. */
  readonly joinedPid?: number | undefined;
}

/** What a container got. The caller closes `namespace` when the container's processes hold it. */
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
 * @throws TsrunError with step 4 or 5: CONFLICT (a port is in use, a container doesn't run), NO_SPACE, PERMISSION, KERNEL.
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
  const { database, bridge: device } = context;
  using sockets = new HostSockets();
  const findings = inspectBridge(context, sockets);
  // Written down before it is made: whatever happens from here on, reclaimNetwork finds it.
  const { bridge, address, ports } = transaction(database, () => {
    const ready = ensureBridge(context, sockets, findings);
    const leased = leaseAddress(database, ready.network, container.id);
    return { bridge: ready, address: leased, ports: reservePorts(database, container.id, leased, container.config.ports) };
  });
  let namespace: number | undefined;
  try {
    const hairpin = ports.length > 0 && hairpinIsNeeded();
    const connection = connectToBridge(bridge, sockets, address, { mac: container.config.macAddress, hairpin });
    namespace = connection.namespace;
    if (ports.length > 0) publishPorts(database, device, sockets, container.id);
    return {
      namespace,
      address,
      prefix: connection.prefix,
      gateway: connection.gateway,
      macAddress: connection.mac,
      hostInterface: connection.hostInterface,
      ports,
    };
  } catch (error) {
    if (namespace !== undefined) closeSync(namespace);
    reclaimNetwork(context, container.id);
    throw error;
  }
}
