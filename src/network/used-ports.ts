/** Which ports of the host are in use: by containers, as the database says, and by programs of the host. */
import type { PortRequest, PublishedPort } from '../model/container.ts';
import { ANY } from './host-address.ts';
import { readListeners } from './listeners.ts';

type Protocol = PortRequest['protocol'];

const meet = (one: string, other: string): boolean => one === other || one === ANY || other === ANY;

/** Ports of one protocol: the addresses that each is used on, by its number. */
class AddressesByPort {
  readonly #addresses = new Map<number, string[]>();

  add(address: string, port: number): void {
    const there = this.#addresses.get(port);
    if (there === undefined) this.#addresses.set(port, [address]);
    else there.push(address);
  }

  has(address: string, port: number): boolean {
    return this.#addresses.get(port)?.some((other) => meet(address, other)) ?? false;
  }

  numbers(): Iterable<number> {
    return this.#addresses.keys();
  }
}

export class UsedPorts {
  readonly #containers = new Map<Protocol, AddressesByPort>();
  /** Read when the first of a protocol is asked for. */
  readonly #programs = new Map<Protocol, AddressesByPort>();

  /** @param published what containers have */
  constructor(published: readonly PublishedPort[]) {
    for (const port of published) this.add(port);
  }

  /** One more, of a container. */
  add({ protocol, hostAddress, hostPort }: PublishedPort): void {
    const ports = this.#containers.get(protocol) ?? new AddressesByPort();
    this.#containers.set(protocol, ports);
    ports.add(hostAddress, hostPort);
  }

  /** Who uses a port already; undefined: it is free. */
  userOf({ protocol, hostAddress, hostPort }: PortRequest): 'container' | 'host' | undefined {
    if (this.#containers.get(protocol)?.has(hostAddress, hostPort) === true) return 'container';
    return this.#programsOf(protocol).has(hostAddress, hostPort) ? 'host' : undefined;
  }

  /** The highest port from `first` to `last` that a container has, whatever its address; undefined: none has one. */
  highest(protocol: Protocol, first: number, last: number): number | undefined {
    let highest: number | undefined;
    for (const port of this.#containers.get(protocol)?.numbers() ?? []) {
      if (port >= first && port <= last && port > (highest ?? 0)) highest = port;
    }
    return highest;
  }

  #programsOf(protocol: Protocol): AddressesByPort {
    const known = this.#programs.get(protocol);
    if (known !== undefined) return known;
    const ports = new AddressesByPort();
    for (const { address, port } of readListeners(protocol)) ports.add(address, port);
    this.#programs.set(protocol, ports);
    return ports;
  }
}
