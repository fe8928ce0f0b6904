/** `HostConfig` of an inspection. */
import type { ContainerConfig, MountRequest, NetworkMode } from '../model/container.ts';

export function inspectHostConfig(config: ContainerConfig): Record<string, unknown> {
  const { limits } = config;
  const tmpfs = config.mounts.filter((mount) => mount.type === 'tmpfs');
  return {
    Binds: orNull(config.mounts.flatMap((mount) => bindText(mount))),
    ContainerIDFile: '',
    LogConfig: { Type: config.logDriver, Config: config.logOptions },
    NetworkMode: networkText(config.network),
    PortBindings: portBindings(config),
    RestartPolicy: { Name: config.restartPolicy.name, MaximumRetryCount: config.restartPolicy.maximumRetries },
    AutoRemove: config.removeOnExit,
    VolumeDriver: '',
    VolumesFrom: null,
    CapAdd: orNull(config.capAdd),
    CapDrop: orNull(config.capDrop),
    CgroupnsMode: config.cgroupns,
    Dns: config.dns,
    DnsOptions: config.dnsOptions,
    DnsSearch: config.dnsSearch,
    ExtraHosts: orNull(config.extraHosts),
    GroupAdd: orNull(config.groupAdd),
    IpcMode: config.ipc,
    Cgroup: '',
    Links: null,
    OomScoreAdj: limits.oomScoreAdj ?? 0,
    PidMode: config.pid === 'private' ? '' : config.pid,
    Privileged: config.privileged,
    PublishAllPorts: config.publishAll,
    ReadonlyRootfs: config.readOnlyRoot,
    SecurityOpt: orNull(securityOptions(config)),
    ...(Object.keys(config.sysctls).length > 0 ? { Sysctls: config.sysctls } : {}),
    ...(tmpfs.length > 0 ? { Tmpfs: Object.fromEntries(tmpfs.map((mount) => [mount.target, mount.options])) } : {}),
    UTSMode: config.uts === 'host' ? 'host' : '',
    UsernsMode: '',
    ShmSize: config.shmSize,
    Runtime: 'tsrun',
    ConsoleSize: [0, 0],
    Isolation: '',
    ...(config.useInit ? { Init: true } : {}),
    CpuShares: limits.cpuShares ?? 0,
    Memory: limits.memory ?? 0,
    NanoCpus: Math.round((limits.cpus ?? 0) * 1e9),
    CgroupParent: '',
    BlkioWeight: 0,
    CpuPeriod: 0,
    CpuQuota: 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    Devices: config.devices.map((device) => ({
      PathOnHost: device.hostPath,
      PathInContainer: device.containerPath,
      CgroupPermissions: device.permissions,
    })),
    DeviceCgroupRules: orNull(config.deviceCgroupRules),
    DeviceRequests: null,
    MemoryReservation: limits.memoryReservation ?? 0,
    MemorySwap: limits.memorySwap ?? 0,
    MemorySwappiness: null,
    OomKillDisable: limits.oomKillDisable ?? false,
    PidsLimit: limits.pidsLimit ?? null,
    Ulimits: orNull(config.ulimits.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft }))),
  };
}

const orNull = <Each>(list: readonly Each[]): readonly Each[] | null => (list.length > 0 ? list : null);

/** Binds and named volumes as -v writes them. */
function bindText(mount: MountRequest): string[] {
  if (mount.type === 'tmpfs') return [];
  const source = mount.type === 'bind' ? mount.source : mount.name;
  if (source === undefined) return [];
  const propagation = mount.type === 'bind' ? mount.propagation : undefined;
  const modes = [mount.readOnly ? 'ro' : undefined, propagation].filter((mode) => mode !== undefined);
  return [[source, mount.target, ...(modes.length > 0 ? [modes.join(',')] : [])].join(':')];
}

const networkText = (network: NetworkMode): string =>
  network.type === 'container' ? `container:${network.id}` : network.type === 'bridge' ? 'default' : network.type;

function portBindings(config: ContainerConfig): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, protocol, hostAddress, hostPort, hostPortEnd } of config.ports) {
    const binding = {
      HostIp: hostAddress === '0.0.0.0' ? '' : hostAddress,
      HostPort: hostPort === 0 ? '' : hostPortEnd === undefined ? String(hostPort) : `${hostPort}-${hostPortEnd}`,
    };
    (bindings[`${containerPort}/${protocol}`] ??= []).push(binding);
  }
  return bindings;
}

function securityOptions(config: ContainerConfig): string[] {
  return [
    ...(config.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(config.seccomp === 'default' ? [] : [`seccomp=${config.seccomp}`]),
    ...(config.maskedPathsUnconfined ? ['systempaths=unconfined'] : []),
  ];
}
