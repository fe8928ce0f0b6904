/** A container in words, as lists show it. Pure. Source: moby, container/view.go; docker/cli, formatter/container.go. */
import { isAlive, type Container, type ContainerConfig, type PublishedPort } from '../model/container.ts';

/** What PID 1 was asked to execute, on one line. */
export function commandLine({ entrypoint, command }: Pick<ContainerConfig, 'entrypoint' | 'command'>): string {
  const [path = '', ...rest] = [...entrypoint, ...command];
  return [path, ...rest.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' ');
}

/** A port that a container has, and where it is published. */
export interface ShownPort {
  protocol: string;
  containerPort: number;
  published: PublishedPort | undefined;
}

/** `0.0.0.0:8080->80/tcp, 443/tcp`: the ports of a running container, neighbours as ranges. */
export function describePorts(container: Container): string {
  return formatPorts(shownPorts(container).toSorted(comparePorts));
}

/** The ports of a running container: those that are published, and the others that its image or `--expose` tells of. */
export function shownPorts(container: Container): ShownPort[] {
  const { state } = container;
  if (!isAlive(state)) return [];
  const { config } = container;
  if (config.network.type === 'host' || config.network.type === 'container') return [];
  const shown: ShownPort[] = state.ports.map((port) => ({ ...port, published: port }));
  for (const text of config.exposedPorts) {
    const [number, protocol = 'tcp'] = text.split('/');
    const exposed = { protocol, containerPort: Number(number), published: undefined };
    if (!Number.isInteger(exposed.containerPort)) continue;
    if (!shown.some((port) => port.containerPort === exposed.containerPort && port.protocol === protocol)) shown.push(exposed);
  }
  return shown;
}

function comparePorts(one: ShownPort, other: ShownPort): number {
  return (
    one.containerPort - other.containerPort ||
    compareText(one.published?.hostAddress ?? '', other.published?.hostAddress ?? '') ||
    (one.published?.hostPort ?? 0) - (other.published?.hostPort ?? 0) ||
    compareText(one.protocol, other.protocol)
  );
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Neighbouring ports of one address that keep their number become a range; those that change it stand alone, last. */
function formatPorts(ports: readonly ShownPort[]): string {
  const ranges = new Map<string, { address: string; protocol: string; first: number; last: number }>();
  const finished: string[] = [];
  const mapped: string[] = [];
  for (const { protocol, containerPort, published } of ports) {
    if (published !== undefined && published.hostPort !== containerPort) {
      mapped.push(`${joinHostPort(published.hostAddress, String(published.hostPort))}->${containerPort}/${protocol}`);
      continue;
    }
    const address = published?.hostAddress ?? '';
    const key = `${address}/${protocol}`;
    const range = ranges.get(key);
    if (range !== undefined && containerPort === range.last + 1) {
      range.last = containerPort;
      continue;
    }
    if (range !== undefined) finished.push(formatRange(range));
    ranges.set(key, { address, protocol, first: containerPort, last: containerPort });
  }
  return [...finished, ...[...ranges.values()].map((range) => formatRange(range)), ...mapped].join(', ');
}

function formatRange({ address, protocol, first, last }: { address: string; protocol: string; first: number; last: number }): string {
  const numbers = first === last ? String(first) : `${first}-${last}`;
  return `${address === '' ? '' : `${joinHostPort(address, numbers)}->`}${numbers}/${protocol}`;
}

const joinHostPort = (address: string, port: string): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
