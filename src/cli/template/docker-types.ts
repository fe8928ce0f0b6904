/** What Docker's client knows of inspections beside their JSON. Source: moby, api/types of API 1.41. */
import type { TypeHints } from './json.ts';
import { GoNil } from './values.ts';

const LIST = new GoNil('list');
const MAP = new GoNil('map');
const POINTER = new GoNil('pointer');

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
    'Mounts[]': { Name: '', Driver: '' },
  },
};
