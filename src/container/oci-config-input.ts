/** What `buildOciConfig` is told: the container as asked for, and everything that was looked up or made on the host for it. */
import type { ContainerConfig } from '../model/container.ts';
import type { ResolvedMount } from '../model/resolved-mount.ts';
import type { LinuxBlockIO } from '../oci-spec/resources.ts';
import type { OciDevice } from '../oci-spec/runtime.ts';
import type { LinuxSeccomp } from '../oci-spec/seccomp.ts';

/** `-u` looked up in the image's passwd and group. */
export interface ResolvedUser {
  uid: number;
  gid: number;
  /** Supplementary groups, `--group-add` among them; `gid` need not be in it. */
  groups: readonly number[];
  /** Home directory: HOME where the environment has none. */
  home: string;
}

/** `--device`, with what was found at its host path. */
export interface ResolvedDevice {
  /** The node to make: `path` is the container's. */
  device: OciDevice;
  /** Any of r, w, m. */
  permissions: string;
}

/** A host, as far as config.json depends on it. */
export interface HostFacts {
  /** CapBnd of /proc/self/status. */
  boundingSet: bigint;
  cgroup: { kind: 'v1' | 'hybrid' | 'v2' };
  /** How many CPUs there are. */
  cpus: number;
  /** Whether bind mounts can be read-only with all below them (Linux 5.12). */
  recursiveReadOnly: boolean;
  /** Directories /sys/devices/system/cpu/cpuN/thermal_throttle that exist: masked, as Docker masks them. */
  thermalThrottlePaths: readonly string[];
}

export interface OciConfigInput {
  id: string;
  config: ContainerConfig;
  user: ResolvedUser;
  /** Where the root is mounted, in the container's own mount namespace. */
  rootPath: string;
  overlay: { directory: string; lower: readonly string[]; upper: string; work: string };
  /** Host paths of the files that the engine writes for the container. */
  files: { hosts?: string | undefined; hostname?: string | undefined; resolvConf?: string | undefined };
  mounts: readonly ResolvedMount[];
  devices: readonly ResolvedDevice[];
  /** All of the host's devices, for --privileged; not read otherwise. */
  hostDevices: readonly OciDevice[];
  /** undefined: unconfined. */
  seccomp: LinuxSeccomp | undefined;
  host: HostFacts;
  /** Namespace files of the containers that `container:ID` named, and the other's /dev/shm on the host. */
  joined?: { network?: string; ipc?: string; pid?: string; shm?: string } | undefined;
  /** Of `--device-read-bps` and its kin, with the devices' numbers. */
  blockIO?: LinuxBlockIO | undefined;
  /** What linked containers add to the environment. */
  linkEnvironment?: readonly string[] | undefined;
}
