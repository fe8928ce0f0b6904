/**
 * Limits as data: which file gets which words, for a v1 or a v2 controller. Pure; `create.ts` writes them.
 * Sources: the kernel's admin-guide/cgroup-v1 and cgroup-v2.rst; conversions as runc's libcontainer/cgroups makes them.
 */
import { TsrunError } from '../../model/errors.ts';
import type { LinuxBlockIO, LinuxCpu, LinuxMemory, LinuxResources } from '../../oci-spec/resources.ts';

/** One file to write. */
export interface LimitWrite {
  controller: string;
  file: string;
  /** Each a write(2) of its own. */
  data: readonly string[];
  /** What the user asked for, as words of the command line where there are any: `--memory`. */
  option: string;
  /** Say this and go on, where the kernel lacks the file, or can't do what is in it. */
  warning?: string;
}

type Writer = (file: string, value: string | number | undefined, option: string, warning?: string) => void;

/** v2 says `max` where v1 says -1. */
const orMax = (value: number | undefined): string | undefined => (value === undefined ? undefined : value < 0 ? 'max' : String(value));

const SWAP_WARNING = 'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.';

const SWAPPINESS_WARNING =
  'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.';

function memoryV1(memory: LinuxMemory, write: Writer): void {
  const { limit, swap } = memory;
  write('memory.limit_in_bytes', limit, '--memory');
  write('memory.soft_limit_in_bytes', memory.reservation, '--memory-reservation');
  // After the limit: memory and swap together may never be less than memory.
  write('memory.memsw.limit_in_bytes', swap, '--memory-swap', isImpliedSwap(memory) ? SWAP_WARNING : undefined);
  write('memory.swappiness', memory.swappiness, '--memory-swappiness', SWAPPINESS_WARNING);
  write('memory.oom_control', memory.disableOOMKiller === true ? 1 : undefined, '--oom-kill-disable');
}

/** Swap that nobody asked for: Docker's default of as much again as memory, or no limit. */
function isImpliedSwap({ limit, swap }: LinuxMemory): boolean {
  return swap !== undefined && (swap < 0 || (limit !== undefined && swap === 2 * limit));
}

function memoryV2(memory: LinuxMemory, write: Writer): void {
  const { limit, swap } = memory;
  write('memory.max', orMax(limit), '--memory');
  write('memory.low', orMax(memory.reservation), '--memory-reservation');
  // v2 counts swap by itself, OCI counts both together.
  const swapAlone = swap === undefined || swap < 0 ? swap : Math.max(0, swap - Math.max(0, limit ?? 0));
  write('memory.swap.max', orMax(swapAlone), '--memory-swap', isImpliedSwap(memory) ? SWAP_WARNING : undefined);
  // v2 has no such file: the warning is what it's written for.
  write('memory.swappiness', memory.swappiness, '--memory-swappiness', SWAPPINESS_WARNING);
}

const MOST_SHARES = 262_144;

/** cpu.shares (2 to 262144, 1024 is normal) as cpu.weight (1 to 10000, 100 is normal): a curve through these three points. */
export function sharesToWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= MOST_SHARES) return 10_000;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

function cpuV1(cpu: LinuxCpu, write: Writer): void {
  // The kernel would take the nearest it has, and say nothing. In v2 a weight is what comes nearest.
  if (cpu.shares === 1) throw new TsrunError('INVALID_ARGUMENT', 'the minimum allowed cpu-shares is 2', { step: 6 });
  if (cpu.shares !== undefined && cpu.shares > MOST_SHARES)
    throw new TsrunError('INVALID_ARGUMENT', `the maximum allowed cpu-shares is ${MOST_SHARES}`, { step: 6 });
  write('cpu.shares', cpu.shares, '--cpu-shares');
  write('cpu.cfs_period_us', cpu.period, '--cpu-period');
  write('cpu.cfs_quota_us', cpu.quota, '--cpu-quota');
  write('cpu.cfs_burst_us', cpu.burst, 'cpu burst');
  realtime(cpu, write);
  write('cpu.idle', cpu.idle, 'cpu idle');
}

/** v2 has no real-time scheduling: then the missing file is the error. */
function realtime(cpu: LinuxCpu, write: Writer): void {
  write('cpu.rt_period_us', cpu.realtimePeriod, '--cpu-rt-period');
  write('cpu.rt_runtime_us', cpu.realtimeRuntime, '--cpu-rt-runtime');
}

function cpuV2(cpu: LinuxCpu, write: Writer): void {
  const { shares, quota, period } = cpu;
  write('cpu.weight', shares === undefined || shares === 0 ? undefined : sharesToWeight(shares), '--cpu-shares');
  if (quota !== undefined || period !== undefined) {
    const share = quota === undefined || quota <= 0 ? 'max' : String(quota);
    write('cpu.max', period === undefined ? share : `${share} ${period}`, '--cpus');
  }
  realtime(cpu, write);
  write('cpu.max.burst', cpu.burst, 'cpu burst');
  write('cpu.idle', cpu.idle, 'cpu idle');
}

function cpuset(cpu: LinuxCpu, write: Writer): void {
  write('cpuset.cpus', cpu.cpus === '' ? undefined : cpu.cpus, '--cpuset-cpus');
  write('cpuset.mems', cpu.mems === '' ? undefined : cpu.mems, '--cpuset-mems');
}

const THROTTLES = [
  ['throttleReadBpsDevice', 'read_bps', 'rbps', '--device-read-bps'],
  ['throttleWriteBpsDevice', 'write_bps', 'wbps', '--device-write-bps'],
  ['throttleReadIOPSDevice', 'read_iops', 'riops', '--device-read-iops'],
  ['throttleWriteIOPSDevice', 'write_iops', 'wiops', '--device-write-iops'],
] as const;

/** 10 to 1000 becomes 1 to 10000. */
const ioWeight = (weight: number): number => Math.floor(1 + ((weight - 10) * 9999) / 990);

const WEIGHT_WARNING = 'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.';
const WEIGHT_DEVICE_WARNING = 'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.';

function blockIo(blockIO: LinuxBlockIO, version: 1 | 2, write: Writer): void {
  const { weight } = blockIO;
  if (weight !== undefined && weight !== 0) {
    if (version === 2) write('io.weight', ioWeight(weight), '--blkio-weight', WEIGHT_WARNING);
    else write('blkio.bfq.weight', weight, '--blkio-weight', WEIGHT_WARNING);
  }
  for (const { major, minor, weight: own } of blockIO.weightDevice ?? []) {
    if (own === undefined || own === 0) continue;
    const [file, value] = version === 2 ? ['io.weight', ioWeight(own)] : ['blkio.bfq.weight_device', own];
    write(file, `${major}:${minor} ${value}`, '--blkio-weight-device', WEIGHT_DEVICE_WARNING);
  }
  for (const [key, v1, v2, option] of THROTTLES) {
    for (const { major, minor, rate } of blockIO[key] ?? []) {
      if (version === 2) write('io.max', `${major}:${minor} ${v2}=${rate === undefined || rate === 0 ? 'max' : rate}`, option);
      else write(`blkio.throttle.${v1}_device`, `${major}:${minor} ${rate ?? 0}`, option);
    }
  }
}

/** `c 1:3 rwm` as devices.allow and devices.deny take it. */
function deviceWrites(devices: NonNullable<LinuxResources['devices']>): LimitWrite[] {
  const writes: LimitWrite[] = [];
  for (const { allow, type = 'a', major = -1, minor = -1, access = '' } of devices) {
    const file = allow ? 'devices.allow' : 'devices.deny';
    const number = (value: number): string => (value < 0 ? '*' : String(value));
    const rule = `${type === '' ? 'a' : type} ${number(major)}:${number(minor)} ${access === '' ? 'rwm' : access}`;
    const last = writes.at(-1);
    if (last?.file === file) writes[writes.length - 1] = { ...last, data: [...last.data, rule] };
    else writes.push({ controller: 'devices', file, data: [rule], option: '--device' });
  }
  return writes;
}

/** The v1 `blkio` controller is `io` in v2. */
const controllerName = (controller: string, version: 1 | 2): string => (controller === 'blkio' && version === 2 ? 'io' : controller);

/**
 * Every file to write for `resources`, in order. `versionOf` tells where a controller is: 1, 2 or nowhere (then it is
 * written as v2 would be, and `create.ts` says that it is missing). v2's device rules are a program, not a file.
 * @throws TsrunError INVALID_ARGUMENT for CPU shares that v1 hasn't
 */
export function limitWrites(resources: LinuxResources, versionOf: (controller: string) => 1 | 2 | undefined): LimitWrite[] {
  const writes: LimitWrite[] = [];
  const writer =
    (controller: string): Writer =>
    (file, value, option, warning) => {
      if (value === undefined) return;
      writes.push({ controller, file, data: [String(value)], option, ...(warning === undefined ? {} : { warning }) });
    };
  const { memory, cpu, pids, blockIO, devices } = resources;
  if (memory !== undefined) (versionOf('memory') === 1 ? memoryV1 : memoryV2)(memory, writer('memory'));
  if (cpu !== undefined) {
    (versionOf('cpu') === 1 ? cpuV1 : cpuV2)(cpu, writer('cpu'));
    cpuset(cpu, writer('cpuset'));
  }
  if (pids !== undefined) writer('pids')('pids.max', pids.limit > 0 ? pids.limit : 'max', '--pids-limit');
  if (blockIO !== undefined) {
    const version = versionOf('blkio') === 1 ? 1 : 2;
    blockIo(blockIO, version, writer(controllerName('blkio', version)));
  }
  for (const { pageSize, limit } of resources.hugepageLimits ?? []) {
    const file = versionOf('hugetlb') === 1 ? `hugetlb.${pageSize}.limit_in_bytes` : `hugetlb.${pageSize}.max`;
    writer('hugetlb')(file, limit, 'hugepage limit');
  }
  const { classID, priorities = [] } = resources.network ?? {};
  writer('net_cls')('net_cls.classid', classID, 'network class');
  for (const { name, priority } of priorities) writer('net_prio')('net_prio.ifpriomap', `${name} ${priority}`, 'network priority');
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(resources.rdma ?? {})) {
    const parts = [
      hcaHandles === undefined ? '' : ` hca_handle=${hcaHandles}`,
      hcaObjects === undefined ? '' : ` hca_object=${hcaObjects}`,
    ];
    writer('rdma')('rdma.max', `${device}${parts.join('')}`, 'rdma limit');
  }
  if (devices !== undefined && versionOf('devices') === 1) writes.push(...deviceWrites(devices));
  for (const [file, value] of Object.entries(resources.unified ?? {})) {
    const controller = file.slice(0, file.indexOf('.'));
    for (const line of value.split('\n')) writer(controller === 'cgroup' ? '' : controller)(file, line, file);
  }
  return writes;
}
