/**
 * The OCI runtime specification's `config.json` as types: the parts that hold on every platform, and Linux.
 * Source: runtime-spec 1.2, config.md and config-linux.md. Unknown properties of other platforms are kept as `unknown`.
 */
import type { LinuxResources } from './resources.ts';
import type { LinuxSeccomp } from './seccomp.ts';

/** `config.json` of a bundle. */
export interface OciConfig {
  ociVersion: string;
  process?: OciProcess;
  root?: { path: string; readonly?: boolean };
  hostname?: string;
  domainname?: string;
  /** In the order in which they are mounted. */
  mounts?: OciMount[];
  hooks?: OciHooks;
  annotations?: Record<string, string>;
  linux?: OciLinux;
  // Other platforms' parts: carried, not described.
  solaris?: unknown;
  windows?: unknown;
  vm?: unknown;
  zos?: unknown;
  freebsd?: unknown;
}

export interface OciProcess {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  /** Absolute, in the container. */
  cwd: string;
  env?: string[];
  args?: string[];
  user?: OciUser;
  capabilities?: OciCapabilities;
  rlimits?: OciRlimit[];
  noNewPrivileges?: boolean;
  oomScoreAdj?: number;
  apparmorProfile?: string;
  selinuxLabel?: string;
  ioPriority?: { class: string; priority?: number };
  scheduler?: { policy: string; [setting: string]: unknown };
  execCPUAffinity?: { initial?: string; final?: string };
}

export interface OciUser {
  uid?: number;
  gid?: number;
  umask?: number;
  additionalGids?: number[];
  username?: string;
}

/** Names with CAP_ in each of the five sets; a missing set is empty. */
export interface OciCapabilities {
  bounding?: string[];
  effective?: string[];
  permitted?: string[];
  inheritable?: string[];
  ambient?: string[];
}

export interface OciRlimit {
  /** RLIMIT_NOFILE, … */
  type: string;
  /** A number of 2^64 or near it is RLIM_INFINITY: JSON numbers are doubles here. */
  soft: number;
  hard: number;
}

export interface OciIdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export interface OciMount {
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
  uidMappings?: OciIdMapping[];
  gidMappings?: OciIdMapping[];
}

export interface OciHook {
  path: string;
  args?: string[];
  env?: string[];
  /** Seconds. */
  timeout?: number;
}

export type OciHookName = 'prestart' | 'createRuntime' | 'createContainer' | 'startContainer' | 'poststart' | 'poststop';

export type OciHooks = Partial<Record<OciHookName, OciHook[]>>;

export type OciNamespaceType = 'mount' | 'pid' | 'network' | 'uts' | 'ipc' | 'user' | 'cgroup' | 'time';

export interface OciNamespace {
  type: OciNamespaceType;
  /** A namespace file to join; without it a new one is made. */
  path?: string;
}

/** A device node to make in the container. */
export interface OciDevice {
  /** c and u: character; b: block; p: FIFO. */
  type: 'c' | 'b' | 'u' | 'p';
  path: string;
  major?: number;
  minor?: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
}

export type OciPropagation = 'private' | 'shared' | 'slave' | 'unbindable';

export interface OciLinux {
  namespaces?: OciNamespace[];
  uidMappings?: OciIdMapping[];
  gidMappings?: OciIdMapping[];
  devices?: OciDevice[];
  netDevices?: Record<string, { name?: string }>;
  cgroupsPath?: string;
  resources?: LinuxResources;
  rootfsPropagation?: OciPropagation;
  seccomp?: LinuxSeccomp;
  sysctl?: Record<string, string>;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  mountLabel?: string;
  intelRdt?: Record<string, unknown>;
  memoryPolicy?: Record<string, unknown>;
  personality?: { domain?: 'LINUX' | 'LINUX32'; flags?: string[] };
  timeOffsets?: Partial<Record<'boottime' | 'monotonic', { secs?: number; nanosecs?: number }>>;
}
