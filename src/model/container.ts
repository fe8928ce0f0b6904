/** Containers as plain data: what was asked for, and what state one is in. */
import type { AsGiven } from './as-given.ts';
import type { Digest } from './image.ts';

/** A bind mount, volume or tmpfs, as asked for by -v, --mount, --tmpfs or the image's VOLUME. */
export type MountRequest =
  | {
      type: 'bind';
      source: string;
      target: string;
      readOnly: boolean;
      propagation: string | undefined;
      createSource: boolean;
      /** What of the mounts below `source`: not bound, bound and writable; undefined: all as the bind itself. */
      below?: 'unbound' | 'writable';
    }
  /** `name` undefined: an anonymous volume, named when it is made. `copy`: fill a new volume from the image. `labels`: of a new one. */
  | { type: 'volume'; name: string | undefined; target: string; readOnly: boolean; copy: boolean; labels?: Record<string, string> }
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
  /** Microseconds, as the next three. */
  cpuPeriod?: number;
  /** -1 is no limit. */
  cpuQuota?: number;
  cpuRealtimePeriod?: number;
  cpuRealtimeRuntime?: number;
  /** 10 to 1000. */
  blkioWeight?: number;
  blkioWeightDevices?: DeviceWeight[];
  /** Bytes a second, and operations a second. */
  deviceReadBps?: DeviceRate[];
  deviceWriteBps?: DeviceRate[];
  deviceReadIops?: DeviceRate[];
  deviceWriteIops?: DeviceRate[];
  /** No kernel limits it any more: asked for, it is discarded when the container is created. */
  kernelMemory?: number;
  /** 0 to 100. */
  memorySwappiness?: number;
}

/** A block device of the host, by its path. */
export interface DeviceRate {
  path: string;
  rate: number;
}

export interface DeviceWeight {
  path: string;
  weight: number;
}

/** `--link`: another container of the default bridge, known here by a name of our own. */
export interface ContainerLink {
  id: string;
  /** Its name when it was linked. */
  name: string;
  alias: string;
}

export interface UlimitRequest {
  name: string;
  soft: number;
  hard: number;
}

/** What can keep a container's output. */
export const LOG_DRIVERS = ['json-file', 'local', 'journald', 'none'] as const;
export type LogDriver = (typeof LOG_DRIVERS)[number];

/** When a container that ended is started again, by whom but a user. `maximumRetries`: of `on-failure`; 0 is no limit. */
export interface RestartPolicy {
  name: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  maximumRetries: number;
}

/** How to ask a container whether it is well. Nanoseconds, as images have them; 0 and an empty `test` stand for a default. */
export interface Healthcheck {
  /** `['CMD', …words]`, `['CMD-SHELL', line]`, or `['NONE']`. */
  test: string[];
  /** What executes the line of CMD-SHELL, where the image says so. */
  shell?: string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  /** Between two checks in the start period, until it is well; absent: as after it. */
  startInterval?: number;
  retries: number;
}

/** All that makes a container, after the image's defaults were merged in. `update` alone changes it: limits and restart policy. */
export interface ContainerConfig {
  /** The image as it was asked for: `ubuntu:20.04`. */
  image: string;
  imageId: Digest;
  /** entrypoint and command, as they are to be executed. */
  entrypoint: string[];
  command: string[];
  environment: string[];
  user: string;
  /** '' where neither the user nor the image says one: the root. */
  workingDirectory: string;
  hostname: string;
  domainname: string;
  labels: Record<string, string>;
  terminal: boolean;
  openStdin: boolean;
  /** Which of stdin, stdout, stderr the first client attached; the first one's end closes stdin. */
  attach: ('stdin' | 'stdout' | 'stderr')[];
  /** undefined where nobody said: DEFAULT_STOP_SIGNAL. */
  stopSignal: string | undefined;
  /** Seconds; below zero: for ever. undefined: DEFAULT_STOP_TIMEOUT. */
  stopTimeout: number | undefined;
  removeOnExit: boolean;
  useInit: boolean;
  network: NetworkMode;
  ports: PortRequest[];
  publishAll: boolean;
  exposedPorts: string[];
  extraHosts: string[];
  links: ContainerLink[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  macAddress: string | undefined;
  mounts: MountRequest[];
  readOnlyRoot: boolean;
  shmSize: number;
  limits: ResourceLimits;
  /** The cgroup that the container's own is made in, `/a/b`; '' is the root. Made where it is missing. */
  cgroupParent: string;
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
  /** For config.json, and whoever reads it. */
  annotations: Record<string, string>;
  logDriver: LogDriver;
  logOptions: Record<string, string>;
  restartPolicy: RestartPolicy;
  /** undefined: none, or switched off. */
  healthcheck: Healthcheck | undefined;
  asGiven: AsGiven;
}

/** What is known of a program that is there. */
export interface RunningFacts {
  pid: number;
  startedAt: string;
  address?: string;
  macAddress?: string;
  ports: PublishedPort[];
  /** When its life before this one ended. */
  finishedAt?: string;
}

/** How a program ended. */
export interface EndedFacts {
  exitCode: number;
  oomKilled: boolean;
  startedAt: string;
  finishedAt: string;
  error?: string;
}

/** Where a container stands. Changed by `container/change-state.ts` only; what the kernel says wins over what was written. */
export type ContainerState =
  /** Its row exists; its files may not. One whose maker died before its program ran is removed. */
  | { status: 'creating' }
  | { status: 'created'; error?: string; exitCode?: number }
  | ({ status: 'running' } & RunningFacts)
  /** Frozen, all of it. */
  | ({ status: 'paused' } & RunningFacts)
  /** It ended, and its restart policy has it started again at `restartAt`. */
  | ({ status: 'restarting'; restartAt: string } & EndedFacts)
  | ({ status: 'exited' } & EndedFacts);

/** What restarts need to remember from one life to the next. */
export interface RestartFacts {
  /** Restarts by the policy since a user last started it: Docker's RestartCount. */
  count: number;
  /** How long the last one waited; the next waits twice as long. */
  delayMs: number;
  /**
   * Who ended it on purpose: a user (`stop`, `kill`), the engine (`down`), or `restart` of one that is removed at its end, which is started
   * at once instead. Nobody, once it was started again.
   */
  stoppedBy: 'user' | 'engine' | 'restart' | undefined;
}

/** One answer of a health check. Times are RFC 3339; -1 is the exit code of one that took too long. */
export interface HealthProbe {
  start: string;
  end: string;
  exitCode: number;
  output: string;
}

/** How a container with a health check is; the last five answers. */
export interface Health {
  status: 'starting' | 'healthy' | 'unhealthy';
  failingStreak: number;
  log: HealthProbe[];
}

export interface Container {
  id: string;
  name: string;
  imageId: Digest;
  createdAt: string;
  config: ContainerConfig;
  state: ContainerState;
  restarts: RestartFacts;
  /** undefined: it has no health check, or never ran. */
  health: Health | undefined;
}

/** Whether a container's program is there, running or frozen. */
export function isAlive(state: ContainerState): state is Extract<ContainerState, { status: 'running' | 'paused' }> {
  return state.status === 'running' || state.status === 'paused';
}

/** Whether its program was there once, or a start of it failed. */
export function wasStarted(state: ContainerState): boolean {
  return state.status !== 'creating' && (state.status !== 'created' || state.error !== undefined);
}
