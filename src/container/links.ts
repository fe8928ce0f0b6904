/**
 * Legacy links (`--link`): what a container of the default bridge is told of another one, in /etc/hosts and in its environment.
 * Pure. Source: Docker's manual, "Legacy container links"; moby, daemon/links.
 */
import type { ContainerLink } from '../model/container.ts';
import { parseExposed, type ExposedPort } from './exposed-ports.ts';

/** A linked container as it is at this moment. */
export interface LinkedContainer {
  link: ContainerLink;
  /** Its name now. */
  name: string;
  hostname: string;
  address: string;
  environment: readonly string[];
  /** `80/tcp` */
  exposedPorts: readonly string[];
}

/** The line of /etc/hosts: its alias, its own host name, and its name where that is another. */
export function linkHosts(linked: LinkedContainer): string {
  return `${linked.address}${hostNames(linked)}`;
}

type LinkNames = Pick<LinkedContainer, 'link' | 'name' | 'hostname'>;

function hostNames({ link, name, hostname }: LinkNames): string {
  return `\t${[link.alias, hostname, ...(link.alias === name ? [] : [name])].join(' ')}\n`;
}

/** A hosts file with the line of a linked container as it is now, whatever address it had. */
export function updateLinkHosts(text: string, linked: LinkedContainer): string {
  return replaceLine(text, hostNames(linked), linkHosts(linked));
}

/** A hosts file without the line of a linked container. */
export function removeLinkHosts(text: string, linked: LinkNames): string {
  return replaceLine(text, hostNames(linked), '');
}

const replaceLine = (text: string, names: string, line: string): string =>
  text.replaceAll(/^.*\n/gm, (old) => (old.endsWith(names) ? line : old));

/** What an image's build leaves in every environment, and no link tells of. */
const UNTOLD = new Set(['HOME', 'PATH']);

/**
 * The variables `ALIAS_PORT…`, `ALIAS_NAME` and `ALIAS_ENV_…`.
 * @param parent name of the container that gets them
 */
export function linkEnvironment(parent: string, { link, address, environment, exposedPorts }: LinkedContainer): string[] {
  const prefix = (link.alias.split('/').at(-1) ?? '').toUpperCase().replaceAll('-', '_');
  const ports = sortPorts(exposedPorts);
  const url = ({ number, protocol }: ExposedPort): string => `${protocol}://${address}:${number}`;
  const [first] = ports;
  const variables = first === undefined ? [] : [`${prefix}_PORT=${url(first)}`];
  for (const [start, end] of longRanges(ports)) {
    const base = `${prefix}_PORT_${start.number}_${start.protocol.toUpperCase()}`;
    variables.push(
      `${base}_START=${url(start)}`,
      `${base}_ADDR=${address}`,
      `${base}_PROTO=${start.protocol}`,
      `${base}_PORT_START=${start.number}`,
      `${prefix}_PORT_${start.number}_${end.protocol.toUpperCase()}_END=${url(end)}`,
      `${base}_PORT_END=${end.number}`,
    );
  }
  for (const port of ports) {
    const base = `${prefix}_PORT_${port.number}_${port.protocol.toUpperCase()}`;
    variables.push(`${base}=${url(port)}`, `${base}_ADDR=${address}`, `${base}_PORT=${port.number}`, `${base}_PROTO=${port.protocol}`);
  }
  variables.push(`${prefix}_NAME=/${parent}/${link.alias}`);
  for (const variable of environment) {
    const [name = ''] = variable.split('=', 1);
    if (variable.includes('=') && !UNTOLD.has(name)) variables.push(`${prefix}_ENV_${variable}`);
  }
  return variables;
}

/** By number, TCP first. Ranges of ports, as images may expose them, are single ports here. */
function sortPorts(exposed: readonly string[]): ExposedPort[] {
  const ports = exposed.flatMap((text) => parseExposed(text));
  const rank = ({ protocol }: ExposedPort): number => (protocol === 'tcp' ? 0 : 1);
  return ports.toSorted((one, other) => one.number - other.number || rank(one) - rank(other));
}

/** First and last of each row of at least three ports, each at most one above the one before and its place in the row. */
function longRanges(ports: readonly ExposedPort[]): [start: ExposedPort, end: ExposedPort][] {
  const ranges: [ExposedPort, ExposedPort][] = [];
  let index = 0;
  while (index < ports.length) {
    const start = ports[index] as ExposedPort;
    let last = index;
    while (last + 1 < ports.length && (ports[last + 1] as ExposedPort).number <= start.number + (last + 1 - index)) last++;
    if (last > index + 1) {
      ranges.push([start, ports[last] as ExposedPort]);
      index = last + 1;
    } else index++;
  }
  return ranges;
}
