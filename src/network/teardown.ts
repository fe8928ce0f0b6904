/** Step 7 for the network: what a container holds is given back; and the engine's bridge is taken down. */
import { deleteLink, getLinks, parseLink } from '../kernel/netlink/links.ts';
import { batchBegin, batchEnd, deleteTable } from '../kernel/netlink/nftables.ts';
import { failedWith } from '../kernel/netlink/socket.ts';
import { TsrunError } from '../model/errors.ts';
import { transaction } from '../state/database.ts';
import { FACT_IP_FORWARD } from './bridge.ts';
import { HostSockets, type NetworkContext } from './context.ts';
import { removeNeighbourRules } from './firewall-neighbours.ts';
import { tableName } from './firewall.ts';
import { forgetNetwork, hasLeases, readNetwork, releaseAddresses, rememberSubnet } from './pool.ts';
import { releasePorts } from './ports.ts';
import { writeSetting } from './sysctl.ts';

/**
 * Give back a dead container's ports and addresses; fine where it has none. Not to be called in a transaction.
 * Its namespace, veth and addresses went with its last process.
 */
export function reclaimNetwork(context: NetworkContext, containerId: string): void {
  using sockets = new HostSockets();
  releasePorts(context.database, context.bridge, sockets, containerId);
  releaseAddresses(context.database, containerId);
}

/**
 * Take down the bridge, its firewall table and what we put into others', and put ip_forward back.
 * @throws TsrunError CONFLICT while containers hold addresses.
 */
export function removeBridge(context: NetworkContext): void {
  using sockets = new HostSockets();
  transaction(context.database, () => {
    const network = readNetwork(context.database, context.bridge);
    if (network !== undefined && hasLeases(context.database, network.name)) {
      throw new TsrunError('CONFLICT', `the bridge ${context.bridge} has active endpoints`, {
        path: context.bridge,
        hint: 'stop the containers that use it first',
      });
    }
    tolerate('ENODEV', () => sockets.route.perform([deleteLink(context.bridge)]));
    tolerate('ENOENT', () => sockets.netfilter.performBatch(batchBegin(), [deleteTable(tableName(context.bridge))], batchEnd()));
    removeNeighbourRules(context, sockets);
    restoreForwarding(context, sockets);
    if (network === undefined) return;
    rememberSubnet(context.database, network);
    forgetNetwork(context.database, network.name);
  });
}

function tolerate(errno: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!failedWith(error, errno)) throw error;
  }
}

/** Put ip_forward back as it was, unless somebody else's bridge is up: its packets would stop. */
function restoreForwarding({ database }: NetworkContext, sockets: HostSockets): void {
  const before = database.prepare('SELECT value FROM facts WHERE name = ?').get(FACT_IP_FORWARD)?.['value'];
  if (before === undefined) return;
  const links = sockets.route.dump(getLinks()).map(parseLink);
  if (!links.some((link) => link?.kind === 'bridge' && link.up)) writeSetting('ip_forward', String(before));
  database.prepare('DELETE FROM facts WHERE name = ?').run(FACT_IP_FORWARD);
}
