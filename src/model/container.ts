/** Containers as plain data: what was asked for, and what state one is in. */
import type { Digest } from './image.ts';

/** A bind mount, volume or tmpfs, as asked for by -v, --mount, --tmpfs or the image's VOLUME. */
export type MountRequest =
  | { type: 'bind'; source: string; target: string; readOnly: boolean; propagation: string | undefined; createSource: boolean }
  /** `name` undefined: an anonymous volume, named when it is made. `copy`: fill a new volume from the image. */
  | { type: 'volume'; name: string | undefined; target: string; readOnly: boolean; copy: boolean }
  | { type: 'tmpfs'; target: string; options: string };

/** `-p`: one port. `hostPort` 0 is any free one. */
export interface PortRequest {
  protocol: 'tcp' | 'udp' | 'sctp';
  containerPort: number;
  hostAddress: string;
  hostPort: number;
  /** With a range (`-p 8000-8010:80`): any free one from `hostPort` to this. */
  hostPortEnd?: number;
}

/** A port as it is published. */
export type PublishedPort = PortRequest;

export interface DeviceRequest {
  hostPath: string;
  containerPath: string;
  /** Any of r, w, m. */
  permissions: string;
}

export type NetworkMode = { type: 'bridge' } | { type: 'host' } | { type: 'none' } | { type: 'container'; id: string };

/** Limits; undefined is none. Bytes, and CPU numbers as the kernel's. */
export interface ResourceLimits {
  memory?: number;
  /** memory + swap, -1 unlimited. */
  memorySwap?: number;
  memoryReservation?: number;
  /** Number of CPUs, e.g. 1.5. */
  cpus?: number;
  cpuShares?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  pidsLimit?: number;
  oomKillDisable?: boolean;
  oomScoreAdj?: number;
}

export interface UlimitRequest {
  name: string;
  soft: number;
  hard: number;
}

/** All that makes a container, after the image's defaults were merged in. It never changes while the container lives. */
export interface ContainerConfig {
  /** The image as it was asked for: `ubuntu:20.04`. */
  image: string;
  imageId: Digest;
  /** entrypoint and command, as they are to be executed. */
  entrypoint: string[];
  command: string[];
  environment: string[];
  user: string;
  workingDirectory: string;
  hostname: string;
  domainname: string;
  labels: Record<string, string>;
  terminal: boolean;
  openStdin: boolean;
  /** Which of stdin, stdout, stderr the first client attached; the first one's end closes stdin. */
  attach: ('stdin' | 'stdout' | 'stderr')[];
  stopSignal: string;
  stopTimeout: number;
  removeOnExit: boolean;
  useInit: boolean;
  network: NetworkMode;
  ports: PortRequest[];
  publishAll: boolean;
  exposedPorts: string[];
  extraHosts: string[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  macAddress: string | undefined;
  mounts: MountRequest[];
  readOnlyRoot: boolean;
  shmSize: number;
  limits: ResourceLimits;
  ulimits: UlimitRequest[];
  sysctls: Record<string, string>;
  devices: DeviceRequest[];
  deviceCgroupRules: string[];
  capAdd: string[];
  capDrop: string[];
  privileged: boolean;
  /** 'default', 'unconfined', or the JSON text of a profile. */
  seccomp: string;
  noNewPrivileges: boolean;
  maskedPathsUnconfined: boolean;
  ipc: 'private' | 'host' | 'shareable' | 'none' | `container:${string}`;
  pid: 'private' | 'host' | `container:${string}`;
  uts: 'private' | 'host';
  cgroupns: 'private' | 'host';
  groupAdd: string[];
  logDriver: 'json-file' | 'none';
  logOptions: Record<string, string>;
}

/** Where a container stands. Changed by `container/states.ts` only; what the kernel says wins over what was written. */
export type ContainerState =
  /** Its row exists; its files may not. One whose maker died before its program ran is removed. */
  | { status: 'creating' }
  | { status: 'created'; error?: string; exitCode?: number }
  | { status: 'running'; pid: number; startedAt: string; address?: string; macAddress?: string; ports: PublishedPort[] }
  | { status: 'exited'; exitCode: number; oomKilled: boolean; startedAt: string; finishedAt: string; error?: string };

export interface Container {
  id: string;
  name: string;
  imageId: Digest;
  createdAt: string;
  config: ContainerConfig;
  state: ContainerState;
}
