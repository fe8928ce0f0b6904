/** Step 4: a network namespace for a container, made by a thread while the caller sees to something else. */
import { closeSync, existsSync } from 'node:fs';
import { NetlinkSocket } from '../kernel/netlink/socket.ts';
import { native, type NamespaceInMaking } from '../kernel/native.ts';
import { traceTimedCall } from '../kernel/trace.ts';

/** Containers have IPv4 only, as Docker's default bridge gives them. */
const NO_IPV6 = ['/proc/sys/net/ipv6/conf/all/disable_ipv6', '1', '/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'];

/**
 * A namespace in the making. The kernel takes a millisecond for one, and the bridge can be looked at meanwhile: who needs the namespace
 * waits for what is left. `using` closes what is open of it, unless it is kept.
 */
export class NewNamespace {
  #making: NamespaceInMaking | undefined = native().beginNetworkNamespace(existsSync('/proc/sys/net/ipv6') ? NO_IPV6 : []);
  #made: { namespace: number; socket: NetlinkSocket } | undefined;
  #isKept = false;

  /** Its descriptor. @throws what making it threw */
  get descriptor(): number {
    return this.#finish().namespace;
  }

  /** An rtnetlink socket in it. @throws what making it threw */
  get socket(): NetlinkSocket {
    return this.#finish().socket;
  }

  /** Take its descriptor over: the caller closes it. */
  keep(): number {
    const { namespace } = this.#finish();
    this.#isKept = true;
    return namespace;
  }

  /** Close the socket, and the namespace unless it was kept; waits for a thread that still makes it. */
  close(): void {
    if (this.#making !== undefined) this.#finishUnasked();
    this.#made?.socket.close();
    if (this.#made !== undefined && !this.#isKept) closeSync(this.#made.namespace);
    this.#made = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #finish(): { namespace: number; socket: NetlinkSocket } {
    if (this.#making !== undefined) {
      const making = this.#making;
      this.#making = undefined;
      const { namespace, route, microseconds } = native().finishNetworkNamespace(making);
      traceTimedCall('unshare(CLONE_NEWNET)', 'a network namespace, held open by a descriptor; IPv6 is off in it', microseconds);
      this.#made = { namespace, socket: new NetlinkSocket(route) };
    }
    if (this.#made === undefined) throw new Error('a network namespace was used that is closed, or could not be made');
    return this.#made;
  }

  /** Nobody waits for it any more, so nobody is told why it could not be made. */
  #finishUnasked(): void {
    try {
      this.#finish();
    } catch {
      this.#making = undefined;
    }
  }
}
