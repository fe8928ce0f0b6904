import type { Answer } from '../kernel/netlink/socket.ts';
import type { NetlinkRequest } from '../kernel/netlink/message.ts';
import type { HostSockets, NetworkContext } from './context.ts';

export function neighbourQuestions(): NetlinkRequest[] { return []; }
export function neighboursAreSettled(_c: NetworkContext, _s: HostSockets, _a: readonly Answer[]): boolean { return true; }
export function settleNeighbours(_c: NetworkContext, _s: HostSockets): void {}
export function removeNeighbourRules(_c: NetworkContext, _s: HostSockets): void {}
