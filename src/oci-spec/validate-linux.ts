/** The check of config.json's `linux`. Source: runtime-spec 1.2, config-linux.md and its JSON schema. */
import {
  all,
  distinct,
  flag,
  int64,
  integer,
  listOf,
  mapOf,
  matching,
  object,
  oneOf,
  text,
  texts,
  uint16,
  uint32,
  uint64,
} from './check.ts';
import type { Check } from './check.ts';

export const idMapping: Check = object({ containerID: uint32, hostID: uint32, size: uint32 });

const ACTIONS = ['KILL', 'KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO', 'TRACE', 'ALLOW', 'LOG', 'NOTIFY'].map(
  (name) => `SCMP_ACT_${name}`,
);
const OPERATORS = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`);
const ARCHITECTURES = (
  'X86 X86_64 X32 ARM AARCH64 LOONGARCH64 M68K MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 ' +
  'PPC PPC64 PPC64LE S390 S390X SH SHEB PARISC PARISC64 RISCV64'
)
  .split(' ')
  .map((name) => `SCMP_ARCH_${name}`);
const FILTER_FLAGS = ['TSYNC', 'LOG', 'SPEC_ALLOW', 'WAIT_KILLABLE_RECV'].map((name) => `SECCOMP_FILTER_FLAG_${name}`);

const action: Check = oneOf(...ACTIONS);

const seccomp: Check = object(
  { defaultAction: action },
  {
    defaultErrnoRet: uint32,
    flags: listOf(oneOf(...FILTER_FLAGS)),
    listenerPath: text,
    listenerMetadata: text,
    architectures: listOf(oneOf(...ARCHITECTURES)),
    syscalls: listOf(
      object(
        { names: all(texts, nonEmpty), action },
        { errnoRet: uint32, args: listOf(object({ index: uint32, value: uint64, op: oneOf(...OPERATORS) }, { valueTwo: uint64 })) },
      ),
    ),
  },
);

function nonEmpty(value: unknown, path: string, problems: string[]): void {
  if (Array.isArray(value) && value.length === 0) problems.push(`${path}: must not be empty`);
}

const blockDevice = { major: int64, minor: int64 };
const throttle: Check = listOf(object(blockDevice, { rate: uint64 }));

const resources: Check = object(
  {},
  {
    unified: mapOf(text),
    devices: listOf(
      object(
        { allow: flag },
        { type: matching(/^[abc]?$/, 'a, b or c'), major: int64, minor: int64, access: matching(/^[rwm]*$/, 'letters of rwm') },
      ),
    ),
    pids: object({ limit: int64 }),
    blockIO: object(
      {},
      {
        weight: uint16,
        leafWeight: uint16,
        throttleReadBpsDevice: throttle,
        throttleWriteBpsDevice: throttle,
        throttleReadIOPSDevice: throttle,
        throttleWriteIOPSDevice: throttle,
        weightDevice: listOf(object(blockDevice, { weight: uint16, leafWeight: uint16 })),
      },
    ),
    cpu: object(
      {},
      {
        cpus: text,
        mems: text,
        period: uint64,
        quota: int64,
        burst: uint64,
        realtimePeriod: uint64,
        realtimeRuntime: int64,
        shares: uint64,
        idle: int64,
      },
    ),
    hugepageLimits: listOf(object({ pageSize: matching(/^[1-9][0-9]*[KMG]B$/, 'a size such as 2MB'), limit: uint64 })),
    memory: object(
      {},
      {
        kernel: int64,
        kernelTCP: int64,
        limit: int64,
        reservation: int64,
        swap: int64,
        swappiness: uint64,
        disableOOMKiller: flag,
        useHierarchy: flag,
        checkBeforeUpdate: flag,
      },
    ),
    network: object({}, { classID: uint32, priorities: listOf(object({ name: text, priority: uint32 })) }),
    rdma: mapOf(object({}, { hcaHandles: uint32, hcaObjects: uint32 })),
  },
);

const timeOffset: Check = object({}, { secs: int64, nanosecs: uint32 });

const MEMORY_MODES = ['DEFAULT', 'BIND', 'INTERLEAVE', 'WEIGHTED_INTERLEAVE', 'PREFERRED', 'PREFERRED_MANY', 'LOCAL'].map(
  (name) => `MPOL_${name}`,
);
const MEMORY_FLAGS = ['NUMA_BALANCING', 'RELATIVE_NODES', 'STATIC_NODES'].map((name) => `MPOL_F_${name}`);

export const linux: Check = object(
  {},
  {
    devices: listOf(
      object(
        { type: oneOf('c', 'b', 'u', 'p'), path: text },
        { fileMode: integer(0, 0o777, 'permission bits, 0 to 511'), major: int64, minor: int64, uid: uint32, gid: uint32 },
      ),
    ),
    netDevices: mapOf(object({}, { name: text })),
    uidMappings: listOf(idMapping),
    gidMappings: listOf(idMapping),
    namespaces: all(
      listOf(object({ type: oneOf('mount', 'pid', 'network', 'uts', 'ipc', 'user', 'cgroup', 'time') }, { path: text })),
      distinct('type'),
    ),
    resources,
    cgroupsPath: text,
    rootfsPropagation: oneOf('private', 'shared', 'slave', 'unbindable'),
    seccomp,
    sysctl: mapOf(text),
    maskedPaths: texts,
    readonlyPaths: texts,
    mountLabel: text,
    intelRdt: object(
      {},
      {
        closID: text,
        schemata: texts,
        l3CacheSchema: text,
        memBwSchema: matching(/^MB:[^\n]*$/, 'a line that begins with MB:'),
        enableMonitoring: flag,
      },
    ),
    memoryPolicy: object({}, { mode: oneOf(...MEMORY_MODES), nodes: text, flags: listOf(oneOf(...MEMORY_FLAGS)) }),
    personality: object({}, { domain: oneOf('LINUX', 'LINUX32'), flags: texts }),
    timeOffsets: object({}, { boottime: timeOffset, monotonic: timeOffset }),
  },
);
