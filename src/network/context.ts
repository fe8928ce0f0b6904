/** What the network's functions need to know of the engine, and the sockets they speak to the kernel with. */
import { NETLINK_NETFILTER, NETLINK_ROUTE } from '../kernel/netlink/message.ts';
import { NetlinkSocket } from '../kernel/netlink/socket.ts';
import type { DatabaseSync } from '../state/database.ts';

export interface NetworkContext {
  readonly database: DatabaseSync;
  /** The bridge device: `tsrun0`. */
  readonly bridge: string;
}

/** An rtnetlink and an nfnetlink socket in our own namespace, each opened on first use. Closed by `using`. */
export class HostSockets {
  #route: NetlinkSocket | undefined;
  #netfilter: NetlinkSocket | undefined;

  get route(): NetlinkSocket {
    this.#route ??= NetlinkSocket.open(NETLINK_ROUTE);
    return this.#route;
  }

  get netfilter(): NetlinkSocket {
    this.#netfilter ??= NetlinkSocket.open(NETLINK_NETFILTER);
    return this.#netfilter;
  }

  [Symbol.dispose](): void {
    this.#route?.close();
    this.#netfilter?.close();
  }
}
