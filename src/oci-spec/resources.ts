/** `linux.resources` of the OCI runtime specification: cgroup limits. Source: runtime-spec 1.2, config-linux.md. */

/** A rule of the device cgroup, in order; a later one wins. Without `type` (or with `a`) it is about all devices. */
export interface LinuxDeviceCgroup {
  allow: boolean;
  /** a, c or b. */
  type?: string;
  /** -1 or missing is any. */
  major?: number;
  minor?: number;
  /** Any of r, w, m. */
  access?: string;
}

/** Bytes; -1 is no limit. */
export interface LinuxMemory {
  limit?: number;
  reservation?: number;
  /** Memory and swap together. */
  swap?: number;
  kernel?: number;
  kernelTCP?: number;
  swappiness?: number;
  disableOOMKiller?: boolean;
  useHierarchy?: boolean;
  checkBeforeUpdate?: boolean;
}

/** Periods and quotas in microseconds. */
export interface LinuxCpu {
  shares?: number;
  quota?: number;
  burst?: number;
  period?: number;
  realtimeRuntime?: number;
  realtimePeriod?: number;
  cpus?: string;
  mems?: string;
  idle?: number;
}

export interface LinuxBlockDevice {
  major: number;
  minor: number;
}

export interface LinuxBlockIO {
  weight?: number;
  leafWeight?: number;
  weightDevice?: (LinuxBlockDevice & { weight?: number; leafWeight?: number })[];
  throttleReadBpsDevice?: (LinuxBlockDevice & { rate?: number })[];
  throttleWriteBpsDevice?: (LinuxBlockDevice & { rate?: number })[];
  throttleReadIOPSDevice?: (LinuxBlockDevice & { rate?: number })[];
  throttleWriteIOPSDevice?: (LinuxBlockDevice & { rate?: number })[];
}

export interface LinuxResources {
  devices?: LinuxDeviceCgroup[];
  memory?: LinuxMemory;
  cpu?: LinuxCpu;
  pids?: { limit: number };
  blockIO?: LinuxBlockIO;
  hugepageLimits?: { pageSize: string; limit: number }[];
  network?: { classID?: number; priorities?: { name: string; priority: number }[] };
  rdma?: Record<string, { hcaHandles?: number; hcaObjects?: number }>;
  /** cgroup v2 files by name. */
  unified?: Record<string, string>;
}
