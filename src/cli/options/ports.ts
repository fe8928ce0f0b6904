/** `-p` and `--expose`. Source of the grammar: docker/go-connections, nat. */
import type { PortRequest } from '../../model/container.ts';
import { isAddress } from './addresses.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const MAX_PORT = 65_535;

/**
 * One `-p`: `[address:][host port]:container port[/protocol]`, with ranges of equal length; an IPv6 address in brackets.
 * A host range with one container port means any free port of it. The long form is `published=8080,target=80,protocol=tcp`.
 * @throws Error in Docker's words
 */
export function parsePublish(text: string): PortRequest[] {
  const spec = text.includes('=') ? fromLongForm(text) : text;
  const parts = spec.split(':');
  const containerPart = parts.pop() ?? '';
  const hostPart = parts.pop() ?? '';
  const address = parts.join(':').replace(/^\[(.*)\]$/, '$1');
  const { range: containerRange, protocol } = splitProtocol(containerPart);
  if (containerRange === '') throw new Error(`no port specified: ${spec}<empty>`);
  const checkedProtocol = checkProtocol(protocol);
  if (parts.length > 0 && address !== '' && !isAddress(address)) throw new Error(`invalid IP address: ${address}`);
  const container = parseRange(containerRange, () => new Error(`invalid containerPort: ${containerRange}`));
  const host = hostPart === '' ? undefined : parseRange(hostPart, () => new Error(`invalid hostPort: ${hostPart}`));
  const count = container.end - container.start + 1;
  if (host !== undefined && host.end - host.start + 1 !== count && count !== 1) {
    throw new Error(`invalid ranges specified for container and host Ports: ${containerRange} and ${hostPart}`);
  }
  const hostAddress = address === '' ? '0.0.0.0' : address;
  return Array.from({ length: count }, (_, index) => {
    const port = { protocol: checkedProtocol, containerPort: container.start + index, hostAddress };
    if (host === undefined) return { ...port, hostPort: 0 };
    if (count === 1 && host.end > host.start) return { ...port, hostPort: host.start, hostPortEnd: host.end };
    return { ...port, hostPort: host.start + index };
  });
}

/**
 * One `--expose`: `80`, `80/udp`, `80-90`.
 * @returns `80/tcp` each
 * @throws Error in Docker's words
 */
export function parseExpose(text: string): string[] {
  if (text.includes(':')) throw new Error(`invalid port format for --expose: ${text}`);
  const { range, protocol } = splitProtocol(text);
  const { start, end } = parseRange(range, (reason) => new Error(`invalid range format for --expose: ${text}, error: ${reason}`));
  const checked = checkProtocol(protocol);
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${checked}`);
}

function splitProtocol(text: string): { range: string; protocol: string } {
  const [range = '', protocol = ''] = text.split('/', 2);
  return { range, protocol: protocol === '' ? 'tcp' : protocol };
}

function checkProtocol(text: string): Protocol {
  const found = PROTOCOLS.find((protocol) => protocol === text.toLowerCase());
  if (found === undefined) throw new Error(`invalid proto: ${text}`);
  return found;
}

function parseRange(text: string, wrong: (reason: string) => Error): { start: number; end: number } {
  if (text === '') throw wrong('empty string specified for ports.');
  const [first = '', last = first, more] = text.split('-');
  for (const port of [first, last]) {
    if (!/^\d+$/.test(port)) throw wrong(`strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`);
    if (Number(port) > MAX_PORT) throw wrong(`strconv.ParseUint: parsing ${JSON.stringify(port)}: value out of range`);
  }
  const range = { start: Number(first), end: Number(last) };
  if (more !== undefined || range.end < range.start) throw wrong(`invalid range specified for port: ${text}`);
  return range;
}

function fromLongForm(text: string): string {
  const values: Record<string, string> = { protocol: 'tcp', published: '', target: '' };
  for (const field of text.split(',')) {
    const [key, value] = field.split('=');
    if (key === undefined || value === undefined) throw new Error(`invalid publish opts format (should be name=value but got '${field}')`);
    values[key] = value;
  }
  return `${values['published']}:${values['target']}/${values['protocol']}`;
}
