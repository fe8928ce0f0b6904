/**
 * Which proxy a URL goes through. Source: what Go programs (and so Docker) do with HTTP_PROXY, HTTPS_PROXY and NO_PROXY:
 * the loopback never goes through one; NO_PROXY holds hosts (their subdomains too), host:port, addresses, CIDR, or `*`. Pure.
 */
import { BlockList, isIP } from 'node:net';
import { TsrunError } from '../../model/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy's URL, with its credentials if it has any; undefined to connect directly.
 * @throws TsrunError UNSUPPORTED for a proxy that doesn't speak HTTP (SOCKS); INVALID_ARGUMENT for what is no URL
 */
export function proxyFor(url: URL, environment: Environment): string | undefined {
  const named = url.protocol === 'https:' ? either(environment, 'HTTPS_PROXY') : either(environment, 'HTTP_PROXY');
  if (named === undefined || isExcepted(url, either(environment, 'NO_PROXY') ?? '')) return undefined;
  const proxy = /^[a-z][a-z0-9+.-]*:\/\//i.test(named) ? named : `http://${named}`;
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  // Never the text itself: it may hold a password.
  if (!URL.canParse(proxy)) throw new TsrunError('INVALID_ARGUMENT', `${variable} is not a URL`, { step: 1 });
  const { protocol } = new URL(proxy);
  if (protocol === 'http:' || protocol === 'https:') return proxy;
  throw new TsrunError('UNSUPPORTED', `${variable} names a ${protocol}//… proxy: only http and https are supported`, { step: 1 });
}

/** Both spellings are in use; the small one wins where they differ only for curl, so the large one does here as in Go. */
function either(environment: Environment, name: string): string | undefined {
  const value = environment[name] ?? environment[name.toLowerCase()];
  return value === undefined || value === '' ? undefined : value;
}

function isExcepted(url: URL, exceptions: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (host === 'localhost' || isInBlock(host, '127.0.0.0/8') || host === '::1') return true;
  return exceptions
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(host, entry);
  const [, name = entry, only] = isIP(entry) === 6 ? [] : (/^(.*):(\d+)$/.exec(entry) ?? []);
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  if (isIP(domain) !== 0 || isIP(host) !== 0) return domain === host;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isInBlock(host: string, block: string): boolean {
  const [address = '', bits = ''] = block.split('/');
  const version = isIP(address);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}
