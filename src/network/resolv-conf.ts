/** What a container finds in /etc/resolv.conf, as Docker makes it from the host's. Pure. Source: resolv.conf(5). */

export interface ResolvConfOptions {
  readonly mode: 'bridge' | 'host' | 'none';
  /** --dns, --dns-search, --dns-option. */
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** The host's own. */
  readonly hostFile: string;
}

/** Docker's choice where the host knows only a resolver on its loopback, which no container can reach. */
const FALLBACK = ['8.8.8.8', '8.8.4.4'] as const;
/** Of systemd-resolved on its loopback; where the real ones stand. */
const SYSTEMD_STUB = '127.0.0.53';
export const SYSTEMD_RESOLV_CONF = '/run/systemd/resolve/resolv.conf';
export const RESOLV_CONF = '/etc/resolv.conf';

/** A host's resolv.conf that names only systemd-resolved: then the container's is made from SYSTEMD_RESOLV_CONF. */
export function namesOnlySystemdStub(text: string): boolean {
  const servers = nameservers(text);
  return servers.length === 1 && servers[0] === SYSTEMD_STUB;
}

/** The words after a keyword, of each line that has it, without comments. */
function valuesOf(text: string, keyword: string): string[][] {
  return text.split('\n').flatMap((line) => {
    const [first, ...words] = (line.split(/[#;]/, 1)[0] ?? '').trim().split(/\s+/);
    return first === keyword ? [words] : [];
  });
}

export const nameservers = (text: string): string[] => valuesOf(text, 'nameserver').flatMap(([address]) => address ?? []);
/** The last one counts. */
const searchDomains = (text: string): string[] => valuesOf(text, 'search').at(-1) ?? [];
const resolverOptions = (text: string): string[] => valuesOf(text, 'options').at(-1) ?? [];

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
/** Containers have IPv4 only. */
const isReachable = (address: string): boolean => !isLoopback(address) && !address.includes(':');

/** The contents of /etc/resolv.conf. */
export function resolvConf(options: ResolvConfOptions): string {
  const { mode, hostFile } = options;
  const asked = options.dns.length > 0 || options.dnsSearch.length > 0 || options.dnsOptions.length > 0;
  if (asked) return build(options);
  return mode === 'host' ? hostFile : filtered(hostFile);
}

/** From the user's words; what they don't say is the host's. */
function build(options: ResolvConfOptions): string {
  const { mode, hostFile } = options;
  const inherited = (): readonly string[] => {
    const all = nameservers(hostFile);
    const reachable = mode === 'host' ? all : all.filter(isReachable);
    return reachable.length > 0 ? reachable : FALLBACK;
  };
  const servers = options.dns.length > 0 ? options.dns : inherited();
  const search = options.dnsSearch.length > 0 ? options.dnsSearch : searchDomains(hostFile);
  const words = options.dnsOptions.length > 0 ? options.dnsOptions : resolverOptions(hostFile);
  let text = '';
  // `--dns-search .` says: none.
  if (search.length > 0 && search.join(' ') !== '.') text += `search ${search.join(' ')}\n`;
  for (const server of servers) text += `nameserver ${server}\n`;
  const joined = words.join(' ').trim();
  if (joined !== '') text += `options ${joined}\n`;
  return text;
}

/** The host's, without resolvers that a container can't reach. All else stays as it is written. */
function filtered(hostFile: string): string {
  const kept = hostFile
    .split('\n')
    .filter((line) => {
      const address = nameservers(line)[0];
      return address === undefined || isReachable(address);
    })
    .join('\n');
  return nameservers(kept).length > 0 ? kept : `${kept}\n${FALLBACK.map((address) => `nameserver ${address}`).join('\n')}`;
}
