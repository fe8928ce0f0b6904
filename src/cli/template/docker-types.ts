/** What Docker's client knows of inspections beside their JSON. Source: moby, api/types of API 1.41. */
import type { TypeHints } from './json.ts';
import { GoDuration, GoNil } from './values.ts';

const LIST = new GoNil('list');
const MAP = new GoNil('map');
const POINTER = new GoNil('pointer');
const NO_TIME = new GoDuration(0);

export const DOCKER_TYPES: TypeHints = {
  maps: {
    Annotations: '',
    Attributes: '',
    Data: '',
    Details: '',
    DriverOpts: '',
    ExposedPorts: POINTER,
    IndexConfigs: POINTER,
    Labels: '',
    'LogConfig.Config': '',
    Networks: POINTER,
    Options: '',
    PortBindings: LIST,
    Ports: LIST,
    Runtimes: POINTER,
    StorageOpt: '',
    Sysctls: '',
    Tmpfs: '',
    Volumes: POINTER,
  },
  keyTypes: { ExposedPorts: 'nat.Port', PortBindings: 'nat.Port', Ports: 'nat.Port' },
  pointers: new Set(['Health', 'Healthcheck', 'IPAMConfig', 'Init', 'MemorySwappiness', 'OomKillDisable', 'PidsLimit', 'UsageData']),
  optional: {
    '': { SizeRw: POINTER, SizeRootFs: POINTER, Variant: '', OsVersion: '', Status: MAP, UsageData: POINTER },
    State: { Health: POINTER },
    Config: {
      ExposedPorts: MAP,
      ArgsEscaped: false,
      Healthcheck: POINTER,
      NetworkDisabled: false,
      MacAddress: '',
      StopSignal: '',
      StopTimeout: POINTER,
      Shell: LIST,
    },
    HostConfig: { StorageOpt: MAP, Tmpfs: MAP, Sysctls: MAP, Init: POINTER, Mounts: LIST },
    Healthcheck: { Test: LIST, Interval: NO_TIME, Timeout: NO_TIME, StartPeriod: NO_TIME, Retries: 0 },
    'Mounts[]': { Name: '', Driver: '' },
    RootFS: { Layers: LIST, BaseLayer: '' },
  },
  durations: new Set(['Healthcheck.Interval', 'Healthcheck.Timeout', 'Healthcheck.StartPeriod']),
  goNames: {
    '': { ID: 'Id', ContainerJSONBase: '' },
    HostConfig: {
      Resources: '',
      CPUCount: 'CpuCount',
      CPUPercent: 'CpuPercent',
      CPUPeriod: 'CpuPeriod',
      CPUQuota: 'CpuQuota',
      CPURealtimePeriod: 'CpuRealtimePeriod',
      CPURealtimeRuntime: 'CpuRealtimeRuntime',
      CPUShares: 'CpuShares',
      DNS: 'Dns',
      DNSOptions: 'DnsOptions',
      DNSSearch: 'DnsSearch',
      NanoCPUs: 'NanoCpus',
    },
    NetworkSettings: { NetworkSettingsBase: '', DefaultNetworkSettings: '' },
    'PortBindings{}[]': { HostIP: 'HostIp' },
    'Ports{}[]': { HostIP: 'HostIp' },
  },
  orders: {
    Config: (
      'Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env Cmd Healthcheck ' +
      'ArgsEscaped Image Volumes WorkingDir Entrypoint NetworkDisabled MacAddress OnBuild Labels StopSignal StopTimeout Shell'
    ).split(' '),
    Healthcheck: ['Test', 'Interval', 'Timeout', 'StartPeriod', 'Retries'],
    'Mounts[]': ['Type', 'Name', 'Source', 'Destination', 'Driver', 'Mode', 'RW', 'Propagation'],
  },
};
