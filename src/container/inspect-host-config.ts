/** `HostConfig` of an inspection. */
import type { MountSpec } from '../model/as-given.ts';
import type { ContainerConfig, DeviceRate, NetworkMode } from '../model/container.ts';
import { MASKED_PATHS, READONLY_PATHS } from './system-paths.ts';

/** @param name the container's */
export function inspectHostConfig(name: string, config: ContainerConfig): Record<string, unknown> {
  const { limits } = config;
  const { asGiven } = config;
  const tmpfs = config.mounts
    .filter((mount) => mount.type === 'tmpfs')
    .filter(({ target }) => !asGiven.mounts.some((each) => each.target === target));
  return {
    Binds: orNull(asGiven.binds),
    ContainerIDFile: asGiven.cidfile,
    LogConfig: { Type: config.logDriver, Config: config.logOptions },
    NetworkMode: networkText(config.network),
    PortBindings: portBindings(config),
    RestartPolicy: { Name: config.restartPolicy.name, MaximumRetryCount: config.restartPolicy.maximumRetries },
    AutoRemove: config.removeOnExit,
    VolumeDriver: asGiven.volumeDriver,
    VolumesFrom: orNull(asGiven.volumesFrom),
    ...(asGiven.mounts.length > 0 ? { Mounts: asGiven.mounts.map((mount) => mountFields(mount)) } : {}),
    ...(Object.keys(config.annotations).length > 0 ? { Annotations: config.annotations } : {}),
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
    Links: orNull(config.links.map((link) => `/${link.name}:/${name}/${link.alias}`)),
    OomScoreAdj: limits.oomScoreAdj ?? 0,
    PidMode: config.pid === 'private' ? '' : config.pid,
    Privileged: config.privileged,
    PublishAllPorts: config.publishAll,
    ReadonlyRootfs: config.readOnlyRoot,
    SecurityOpt: orNull(asGiven.securityOptions.filter((option) => !option.startsWith('systempaths'))),
    ...(Object.keys(config.sysctls).length > 0 ? { Sysctls: config.sysctls } : {}),
    ...(tmpfs.length > 0 ? { Tmpfs: Object.fromEntries(tmpfs.map((mount) => [mount.target, mount.options])) } : {}),
    UTSMode: config.uts === 'host' ? 'host' : '',
    UsernsMode: asGiven.usernsMode,
    ShmSize: config.shmSize,
    Runtime: 'tsrun',
    ConsoleSize: [0, 0],
    Isolation: asGiven.isolation,
    ...(config.useInit ? { Init: true } : {}),
    CpuShares: limits.cpuShares ?? 0,
    Memory: limits.memory ?? 0,
    NanoCpus: Math.round((limits.cpus ?? 0) * 1e9),
    CgroupParent: asGiven.cgroupParent,
    BlkioWeight: limits.blkioWeight ?? 0,
    BlkioWeightDevice: (limits.blkioWeightDevices ?? []).map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: rates(limits.deviceReadBps),
    BlkioDeviceWriteBps: rates(limits.deviceWriteBps),
    BlkioDeviceReadIOps: rates(limits.deviceReadIops),
    BlkioDeviceWriteIOps: rates(limits.deviceWriteIops),
    CpuPeriod: limits.cpuPeriod ?? 0,
    CpuQuota: limits.cpuQuota ?? 0,
    CpuRealtimePeriod: limits.cpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: limits.cpuRealtimeRuntime ?? 0,
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
    MemorySwappiness: limits.memorySwappiness ?? null,
    OomKillDisable: limits.oomKillDisable ?? false,
    PidsLimit: limits.pidsLimit ?? null,
    Ulimits: orNull(config.ulimits.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft }))),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    ...systemPaths(config),
  };
}

function systemPaths(config: ContainerConfig): Record<'MaskedPaths' | 'ReadonlyPaths', readonly string[] | null> {
  if (config.privileged) return { MaskedPaths: null, ReadonlyPaths: null };
  if (config.maskedPathsUnconfined) return { MaskedPaths: [], ReadonlyPaths: [] };
  return { MaskedPaths: MASKED_PATHS, ReadonlyPaths: READONLY_PATHS };
}

const rates = (list: readonly DeviceRate[] | undefined): { Path: string; Rate: number }[] | null =>
  list === undefined ? null : list.map(({ path, rate }) => ({ Path: path, Rate: rate }));

/** A `--mount` in the shape of the Engine API. */
function mountFields({ type, source, target, readOnly, consistency, ...spec }: MountSpec): Record<string, unknown> {
  const bind = {
    ...(spec.propagation === undefined ? {} : { Propagation: spec.propagation }),
    ...(spec.below === undefined ? {} : { [BELOW[spec.below]]: true }),
  };
  const volume = { ...(spec.noCopy ? { NoCopy: true } : {}), ...(spec.labels === undefined ? {} : { Labels: spec.labels }) };
  const tmpfs = {
    ...(spec.tmpfsSize === undefined ? {} : { SizeBytes: spec.tmpfsSize }),
    ...(spec.tmpfsMode === undefined ? {} : { Mode: spec.tmpfsMode }),
  };
  return {
    Type: type,
    ...(source === '' ? {} : { Source: source }),
    Target: target,
    ...(readOnly ? { ReadOnly: true } : {}),
    ...(consistency === undefined ? {} : { Consistency: consistency }),
    ...(Object.keys(bind).length > 0 ? { BindOptions: bind } : {}),
    ...(Object.keys(volume).length > 0 ? { VolumeOptions: volume } : {}),
    ...(Object.keys(tmpfs).length > 0 ? { TmpfsOptions: tmpfs } : {}),
  };
}

const BELOW = { unbound: 'NonRecursive', writable: 'ReadOnlyNonRecursive', readonly: 'ReadOnlyForceRecursive' } as const;

const orNull = <Each>(list: readonly Each[]): readonly Each[] | null => (list.length > 0 ? list : null);

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
