/** Addresses and names of hosts on the command line. Written out, because node:net costs milliseconds at the start. */

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 4291 text, without a zone. */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [position, part] of parts.entries()) {
      const last = index === halves.length - 1 && position === parts.length - 1;
      if (last && part.includes('.')) {
        if (!isIPv4(part)) return false;
        groups += 2;
      } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

export const isAddress = (text: string): boolean => isIPv4(text) || isIPv6(text);

/** `--dns`. @returns it without blanks @throws Error in Docker's words */
export function checkAddress(text: string): string {
  const address = text.trim();
  if (!isAddress(address)) throw new Error(`${text} is not an ip address`);
  return address;
}

/** `host:ip`, `host=ip`; the address may be IPv6 or `host-gateway`. @returns `host:ip` @throws Error in Docker's words */
export function checkExtraHost(text: string): string {
  const at = text.search(/[:=]/);
  const host = text.slice(0, Math.max(at, 0));
  if (host === '') throw new Error(`bad format for add-host: ${JSON.stringify(text)}`);
  const address = text.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  if (address !== 'host-gateway' && !isAddress(address)) throw new Error(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  return `${host}:${address}`;
}

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = new RegExp(`^:?${LABEL}(?:\\.${LABEL})*\\.?\\s*$`);

/** A search domain; `.` is none. @returns it without blanks and the last dot @throws Error in Docker's words */
export function checkDnsSearch(text: string): string {
  const domain = text.trim();
  if (domain === '.') return domain;
  if (!/[a-zA-Z]/.test(domain) || !DOMAIN.test(domain) || domain.length > 255) throw new Error(`${text} is not a valid domain`);
  return domain.replace(/\.$/, '');
}

/** What Go's net.ParseMAC takes, of 6 bytes. @returns lower case with colons @throws Error in Docker's words */
export function parseMacAddress(text: string): string {
  const hex = text.trim().toLowerCase();
  const plain = /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/.test(hex);
  if (!plain) throw new Error(`${text} is not a valid mac address`);
  return (hex.replaceAll(/[^0-9a-f]/g, '').match(/../g) ?? []).join(':');
}
