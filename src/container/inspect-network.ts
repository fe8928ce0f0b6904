/** `NetworkSettings` of an inspection. */
import { isAlive, type Container, type PublishedPort } from '../model/container.ts';

export interface NetworkFacts {
  /** 172.17.0.0/16 */
  subnet: string;
  gateway: string;
}

export function inspectNetwork({ config, state }: Container, network: NetworkFacts | undefined): Record<string, unknown> {
  const running = isAlive(state) ? state : undefined;
  const address = running?.address ?? '';
  const endpoint = {
    EndpointID: '',
    Gateway: address === '' ? '' : (network?.gateway ?? ''),
    IPAddress: address,
    IPPrefixLen: address === '' ? 0 : Number(network?.subnet.split('/')[1] ?? 0),
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: running?.macAddress ?? '',
  };
  const bridged = config.network.type === 'bridge';
  const member = { IPAMConfig: null, Links: null, Aliases: null, NetworkID: '', ...endpoint, DriverOpts: null };
  return {
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: running === undefined || !bridged ? {} : portMap(config.exposedPorts, running.ports),
    SandboxKey: running === undefined ? '' : `/proc/${running.pid}/ns/net`,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...(bridged ? endpoint : {}),
    Networks: config.network.type === 'container' ? {} : { [config.network.type]: member },
  };
}

/** `{"80/tcp": [{HostIp, HostPort}], "443/tcp": null}`: exposed ports that aren't published are null. */
function portMap(
  exposed: readonly string[],
  published: readonly PublishedPort[],
): Record<string, { HostIp: string; HostPort: string }[] | null> {
  const map: Record<string, { HostIp: string; HostPort: string }[] | null> = Object.fromEntries(exposed.map((port) => [port, null]));
  for (const port of published) {
    const key = `${port.containerPort}/${port.protocol}`;
    map[key] = [...(map[key] ?? []), { HostIp: port.hostAddress, HostPort: String(port.hostPort) }];
  }
  return map;
}
