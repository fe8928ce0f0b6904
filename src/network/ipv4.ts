/** IPv4 addresses and subnets as numbers and as text. Pure. */

/** A subnet: the number of its first address, and the length of its prefix. */
export interface Subnet {
  readonly first: number;
  readonly prefix: number;
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** The number of `172.17.0.1`; undefined where that is no IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!OCTET.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

export const formatIpv4 = (number: number): string => `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;

/** How many addresses a prefix leaves. */
export const subnetSize = (prefix: number): number => 2 ** (32 - prefix);

export const lastAddress = (subnet: Subnet): number => subnet.first + subnetSize(subnet.prefix) - 1;

/** The subnet that holds `address`, with a prefix of this length. */
export function subnetOf(address: number, prefix: number): Subnet {
  return { first: address - (address % subnetSize(prefix)), prefix };
}

/** Read `172.17.0.0/16`; undefined where it is none. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address, prefix, ...rest] = text.split('/');
  const number = parseIpv4(address ?? '');
  if (number === undefined || prefix === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  return subnetOf(number, Number(prefix));
}

export const formatSubnet = (subnet: Subnet): string => `${formatIpv4(subnet.first)}/${subnet.prefix}`;

export const overlaps = (one: Subnet, other: Subnet): boolean => one.first <= lastAddress(other) && other.first <= lastAddress(one);

/** Whether an address, as text, lies in a subnet. */
export function isIn(subnet: Subnet, address: string): boolean {
  const number = parseIpv4(address);
  return number !== undefined && number >= subnet.first && number <= lastAddress(subnet);
}

/** The four bytes of an address, as they travel. */
export const ipv4Bytes = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);

/** The hardware address that goes with an address, as Docker makes it: 172.17.0.2 is 02:42:ac:11:00:02. */
export function macOf(address: string): string {
  return `02:42:${Array.from(ipv4Bytes(address), (byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}
