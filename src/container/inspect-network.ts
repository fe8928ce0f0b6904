/** `NetworkSettings` of an inspection. */
import { isAlive, wasStarted, type Container, type PublishedPort } from '../model/container.ts';

export interface NetworkFacts {
  /** 172.17.0.0/16 */
  subnet: string;
  gateway: string;
}

/** @param namespace which network namespace it is in: the kernel's number of it */
export function inspectNetwork(
  { config, state }: Container,
  network: NetworkFacts | undefined,
  namespace: string | undefined,
): Record<string, unknown> {
  const running = isAlive(state) ? state : undefined;
  const address = running?.address ?? '';
  const EndpointID = '';
  const Gateway = address === '' ? '' : (network?.gateway ?? '');
  const IPPrefixLen = address === '' ? 0 : Number(network?.subnet.split('/')[1] ?? 0);
  const MacAddress = running?.macAddress ?? '';
  const none = { GlobalIPv6Address: '', GlobalIPv6PrefixLen: 0 };
  const bridged = config.network.type === 'bridge';
  const member = (): Record<string, unknown> => ({
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    // Networks have no other name here. Docker notes it at the first start, and doesn't forget it.
    NetworkID: wasStarted(state) ? config.network.type : '',
    EndpointID,
    Gateway,
    IPAddress: address,
    IPPrefixLen,
    IPv6Gateway: '',
    ...none,
    MacAddress,
    DriverOpts: null,
  });
  return {
    Bridge: '',
    SandboxID: namespace ?? '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: running === undefined || !bridged ? {} : portMap(config.exposedPorts, running.ports),
    SandboxKey: running === undefined ? '' : `/proc/${running.pid}/ns/net`,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    // The default bridge's, as they were told before there were networks; empty for every other.
    EndpointID,
    Gateway,
    ...none,
    IPAddress: address,
    IPPrefixLen,
    IPv6Gateway: '',
    MacAddress,
    Networks: config.network.type === 'container' ? {} : { [config.network.type]: member() },
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
