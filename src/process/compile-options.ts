/** What `compilePlan` must be told besides the config.json: descriptors that are open, and what the host's cgroups are like. */
import type { Slot } from '../model/plan.ts';
import type { OciNamespaceType } from '../oci-spec/runtime.ts';

/** One cgroup hierarchy as the container is to see it. */
export interface CgroupHierarchy {
  /** Directory under /sys/fs/cgroup: `cpu,cpuacct`, `systemd`, `unified`. */
  name: string;
  type: 'cgroup' | 'cgroup2';
  /** mount(2)'s data: `cpu,cpuacct`, `none,name=systemd`; empty for cgroup2. */
  options: string;
  /** The container's own cgroup directory there, on the host. */
  directory: string;
}

export interface CgroupMounts {
  kind: 'v1' | 'hybrid' | 'v2';
  hierarchies: readonly CgroupHierarchy[];
}

/** A compiled seccomp filter: struct sock_filter, 8 bytes each, and SECCOMP_FILTER_FLAG_*. */
export interface CompiledFilter {
  filter: Uint8Array;
  flags: number;
}

export interface PlanOptions {
  /** Directory of the config.json: relative paths begin there. Absolute. */
  bundle: string;
  /** A directory that the root is mounted on, in the container's own mount namespace. Absolute; not the root itself. */
  rootMountPoint: string;
  /** Name of the session keyring that the container's processes share: nobody else's. */
  keyring: string;
  /** Slots of descriptors handed over with the plan. */
  handles: {
    /** A cgroup v2 directory to be cloned into. */
    cgroup?: Slot;
    /** A network namespace made for the container (its config.json has one without a path). */
    network?: Slot;
    /** What a start must wait for: see `awaitStart`. */
    start?: Slot;
    /** Namespaces to join by descriptor instead of by the path that config.json has (which a dead process may have left). */
    namespaces?: Partial<Record<OciNamespaceType, Slot>>;
    /** Detached mounts to use for the bind mounts with these targets, instead of opening their sources. */
    mounts?: Readonly<Record<string, Slot>>;
  };
  /** v1 cgroup.procs (or tasks) files on the host that the process writes itself into. */
  cgroupJoins: readonly string[];
  cgroupMounts: CgroupMounts;
  /** `linux.seccomp` of the config.json, compiled; undefined where it has none. */
  seccomp: CompiledFilter | undefined;
  /** `--init`. */
  init: boolean;
  /** Size of a new terminal; 24x80 where nobody knows. */
  terminalSize: { rows: number; columns: number } | undefined;
  /** Bring `lo` up in a fresh network namespace. True where nobody else does. */
  loopbackUp: boolean;
  /** Whether this kernel has /proc/kcore, so that /dev/core is linked to it. */
  hasKcore?: boolean;
}
