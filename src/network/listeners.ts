/** Which ports the host's own programs use, as /proc/net tells. */
import { readKernelFile } from '../kernel/kernel-file.ts';
import { hasErrno } from '../model/errors.ts';
import type { PortRequest } from '../model/container.ts';

/** A socket that waits on a port; address 0.0.0.0 is any. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

const TCP_LISTEN = '0A';
const IPV6_ANY = '0'.repeat(32);
/** ::ffff:0:0/96 as /proc prints it: words of 32 bits in the machine's order. */
const IPV4_MAPPED = '0000000000000000FFFF0000';

/** `0100007F` is 127.0.0.1. */
const littleEndianAddress = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');

/** An IPv6 address as far as it concerns IPv4: any is any (unless IPV6_V6ONLY, which can't be seen), a mapped one is its IPv4 address. */
function ipv4Of(hex: string): string | undefined {
  if (hex.length === 8) return littleEndianAddress(hex);
  if (hex === IPV6_ANY) return '0.0.0.0';
  if (hex.startsWith(IPV4_MAPPED)) return littleEndianAddress(hex.slice(24));
  return undefined;
}

/** Read /proc/net/{tcp,tcp6,udp,udp6}: TCP sockets that listen, all UDP sockets without a peer. Lines that can't be read are left out. */
export function parseSocketTable(text: string, protocol: 'tcp' | 'udp'): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, state] = line.trim().split(/\s+/);
    const [hexAddress, hexPort] = (local ?? '').split(':');
    const waits = protocol === 'tcp' ? state === TCP_LISTEN : remote?.endsWith(':0000');
    if (waits !== true || hexAddress === undefined || hexPort === undefined) continue;
    const address = ipv4Of(hexAddress);
    if (address !== undefined) listeners.push({ address, port: Number.parseInt(hexPort, 16) });
  }
  return listeners;
}

/** Read /proc/net/sctp/eps: one endpoint a line, its port the sixth column, its addresses from the ninth. */
export function parseSctpEndpoints(text: string): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    const port = Number(columns[5]);
    if (!Number.isInteger(port) || port === 0) continue;
    const addresses = columns.slice(8).filter((address) => /^\d+(?:\.\d+){3}$/.test(address));
    for (const address of addresses.length === 0 ? ['0.0.0.0'] : addresses) listeners.push({ address, port });
  }
  return listeners;
}

/** The programs of our network namespace that use ports of a protocol. */
export function readListeners(protocol: PortRequest['protocol']): Listener[] {
  if (protocol === 'sctp') return parseSctpEndpoints(readTable('sctp/eps'));
  return [...parseSocketTable(readTable(protocol), protocol), ...parseSocketTable(readTable(`${protocol}6`), protocol)];
}

/** Empty where the kernel lacks the protocol. */
function readTable(name: string): string {
  try {
    return readKernelFile(`/proc/net/${name}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return '';
    throw error;
  }
}
