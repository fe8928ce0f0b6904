/** The three files by which a container knows names: /etc/hosts, /etc/hostname, /etc/resolv.conf. */
import { readFileSync } from 'node:fs';
import type { ContainerConfig } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { hostnameFile, hostsFile } from './hosts.ts';
import { namesOnlySystemdStub, RESOLV_CONF, resolvConf, SYSTEMD_RESOLV_CONF } from './resolv-conf.ts';

interface NameFiles {
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
}

/**
 * Their contents for a container with these addresses (and lines of linked containers for the hosts file); undefined for `container:ID`, which uses that container's files.
 * @throws TsrunError INVALID_ARGUMENT for an --add-host that means nothing.
 */
export function nameFiles(
  config: Pick<ContainerConfig, 'network' | 'hostname' | 'domainname' | 'extraHosts' | 'dns' | 'dnsSearch' | 'dnsOptions'>,
  attachment: { readonly address: string | undefined; readonly gateway: string | undefined },
  linkedHosts: string = '',
): NameFiles | undefined {
  const mode = config.network.type;
  if (mode === 'container') return undefined;
  const { hostname, domainname, extraHosts, dns, dnsSearch, dnsOptions } = config;
  const needsHosts = mode === 'host' && extraHosts.length === 0;
  return {
    hosts: hostsFile({
      mode,
      hostname,
      domainname,
      extraHosts,
      linkedHosts,
      address: attachment.address,
      gateway: attachment.gateway,
      hostFile: needsHosts ? read('/etc/hosts') : '',
    }),
    hostname: hostnameFile(hostname),
    resolvConf: resolvConf({ mode, dns, dnsSearch, dnsOptions, hostFile: hostResolvConf(mode) }),
  };
}

/** With `--network host` the resolver on the loopback can be reached, so the file stays as it is. */
function hostResolvConf(mode: 'bridge' | 'host' | 'none'): string {
  const text = read(RESOLV_CONF);
  return mode !== 'host' && namesOnlySystemdStub(text) ? read(SYSTEMD_RESOLV_CONF) : text;
}

/** A missing file is an empty one. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  }
}
