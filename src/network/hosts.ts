/** What a container finds in /etc/hosts and /etc/hostname, as Docker writes them. Pure. */
import { TsrunError } from '../model/errors.ts';

const DEFAULT_HOSTS = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** In --add-host: the host's address as the container sees it. */
const HOST_GATEWAY = 'host-gateway';

export interface HostsOptions {
  readonly mode: 'bridge' | 'host' | 'none';
  readonly hostname: string;
  readonly domainname: string;
  /** `name:address` or `name:host-gateway`, from --add-host. */
  readonly extraHosts: readonly string[];
  /** Lines of linked containers. */
  readonly linkedHosts?: string;
  /** The container's own address. */
  readonly address: string | undefined;
  /** The bridge's address. */
  readonly gateway: string | undefined;
  /** The host's own /etc/hosts: what `--network host` sees. */
  readonly hostFile: string;
}

/**
 * The contents of /etc/hosts.
 * @throws TsrunError INVALID_ARGUMENT for an extra host without address, or host-gateway without a bridge.
 */
export function hostsFile(options: HostsOptions): string {
  if (options.mode === 'host' && options.extraHosts.length === 0) return options.hostFile;
  const extra = options.extraHosts.map((text) => extraHost(text, options)).join('');
  const own = options.address === undefined ? '' : `${options.address}\t${ownNames(options)}\n`;
  return DEFAULT_HOSTS + extra + (options.linkedHosts ?? '') + own;
}

function extraHost(text: string, options: HostsOptions): string {
  // An IPv6 address has colons of its own: the first one ends the name.
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  const address = text.slice(colon + 1);
  if (colon < 1 || address === '')
    throw new TsrunError('INVALID_ARGUMENT', `bad format for add-host: "${text}"`, { hint: 'write it as name:address' });
  return `${address === HOST_GATEWAY ? hostGateway(options) : address}\t${name}\n`;
}

function hostGateway({ mode, gateway }: HostsOptions): string {
  if (gateway !== undefined) return gateway;
  if (mode === 'host') return '127.0.0.1';
  throw new TsrunError('INVALID_ARGUMENT', 'unable to derive the IP value for host-gateway', {
    step: 4,
    hint: 'the container is not on a bridge: give an address, or use --network bridge',
  });
}

/** The full name and its first part. */
function ownNames({ hostname, domainname }: HostsOptions): string {
  const full = domainname === '' ? hostname : `${hostname}.${domainname}`;
  const dot = full.indexOf('.');
  return dot < 0 ? full : `${full} ${full.slice(0, dot)}`;
}

/** The contents of /etc/hostname. */
export const hostnameFile = (hostname: string): string => `${hostname}\n`;
