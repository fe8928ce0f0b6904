/** At which URLs a registry is asked, in order: mirrors first, then itself; HTTPS before HTTP. Pure. */
import { BlockList, isIP } from 'node:net';
import { TsrunError } from '../../model/errors.ts';

export interface Endpoint {
  /** Where `v2/…` is appended; ends with a slash. Holds no credentials. */
  readonly base: URL;
  /** Whether the certificate must be that of a known authority. */
  readonly verify: boolean;
  readonly isMirror: boolean;
}

/** Docker Hub's name in references, and the host that serves it. */
const HUB = 'docker.io';
const HUB_HOST = 'registry-1.docker.io';

/** The endpoints of a reference's domain, the first to be tried first; at least one. */
export function endpointsFor(domain: string, insecure: readonly string[], mirrors: readonly string[]): Endpoint[] {
  const host = domain === HUB ? HUB_HOST : domain;
  const own = withSchemes(host, isInsecure(domain, insecure));
  if (domain !== HUB) return own;
  return [...mirrors.map((mirror) => mirrorEndpoint(mirror, insecure)), ...own];
}

function withSchemes(host: string, insecure: boolean): Endpoint[] {
  const secured: Endpoint = { base: parseBase(`https://${host}/`), verify: !insecure, isMirror: false };
  return insecure ? [secured, { base: parseBase(`http://${host}/`), verify: false, isMirror: false }] : [secured];
}

/** A mirror's scheme says how to speak to it; credentials in its URL would be printed sooner or later, and are refused. */
function mirrorEndpoint(mirror: string, insecure: readonly string[]): Endpoint {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (
    url === undefined ||
    !['https:', 'http:'].includes(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    const shown = url === undefined ? 'it is not a URL' : 'it must be http(s)://host[:port][/path], without a password, ? or #';
    throw new TsrunError('INVALID_ARGUMENT', `invalid mirror: ${shown}`, {
      step: 1,
      hint: 'for example --registry-mirror https://mirror.example.com',
    });
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { base: url, verify: url.protocol === 'https:' && !isInsecure(url.host, insecure), isMirror: true };
}

function parseBase(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new TsrunError('INVALID_REFERENCE', 'invalid reference format', {
    step: 1,
    path: text,
    hint: `${text} is not a host that can be asked`,
  });
}

/**
 * Whether a registry needs no known certificate: `localhost` and 127.0.0.0/8 always, as for Docker, and what
 * `--insecure-registry` names: a host (any port), a host:port, or a block of addresses.
 */
export function isInsecure(domain: string, insecure: readonly string[]): boolean {
  const { hostname, family } = splitHost(domain);
  if (hostname === 'localhost') return true;
  const blocks = new BlockList();
  blocks.addSubnet('127.0.0.0', 8, 'ipv4');
  blocks.addAddress('::1', 'ipv6');
  for (const entry of insecure) {
    if (entry === domain || entry === hostname) return true;
    const [, address = '', bits = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
    const version = isIP(address);
    if (version !== 0 && Number(bits) <= (version === 4 ? 32 : 128))
      blocks.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  }
  return family !== undefined && blocks.check(hostname, family);
}

function splitHost(domain: string): { hostname: string; family: 'ipv4' | 'ipv6' | undefined } {
  const [, bracketed, plain = ''] = /^(?:\[(.*)\]|([^:]*))(?::\d*)?$/.exec(domain) ?? [];
  const hostname = bracketed ?? plain;
  const version = isIP(hostname);
  return { hostname, family: version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined };
}
