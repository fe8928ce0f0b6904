/** What `info` tells of the host. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, hostname, machine, release, totalmem } from 'node:os';
import { cgroupDirectory, controllerHierarchy, detectCgroups, type CgroupLayout } from '../kernel/cgroup/index.ts';
import { hasErrno } from '../model/errors.ts';

export interface HostInfo {
  MemoryLimit: boolean;
  SwapLimit: boolean;
  CpuCfsPeriod: boolean;
  CpuCfsQuota: boolean;
  CPUShares: boolean;
  CPUSet: boolean;
  PidsLimit: boolean;
  OomKillDisable: boolean;
  IPv4Forwarding: boolean;
  BridgeNfIptables: boolean;
  BridgeNfIp6tables: boolean;
  SystemTime: string;
  CgroupVersion: '1' | '2';
  KernelVersion: string;
  OperatingSystem: string;
  OSVersion: string;
  OSType: string;
  Architecture: string;
  NCPU: number;
  MemTotal: number;
  HttpProxy: string;
  HttpsProxy: string;
  NoProxy: string;
  Name: string;
}

export function hostInfo(): HostInfo {
  const system = readSystem();
  const own = process.env;
  return {
    ...limitsOf(detectCgroups()),
    IPv4Forwarding: readText('/proc/sys/net/ipv4/ip_forward') === '1',
    BridgeNfIptables: readText('/proc/sys/net/bridge/bridge-nf-call-iptables') === '1',
    BridgeNfIp6tables: readText('/proc/sys/net/bridge/bridge-nf-call-ip6tables') === '1',
    SystemTime: new Date().toISOString(),
    KernelVersion: release(),
    OperatingSystem: system['PRETTY_NAME'] ?? 'Linux',
    OSVersion: system['VERSION_ID'] ?? '',
    OSType: 'linux',
    Architecture: machine(),
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    HttpProxy: withoutPassword(own['HTTP_PROXY'] ?? own['http_proxy']),
    HttpsProxy: withoutPassword(own['HTTPS_PROXY'] ?? own['https_proxy']),
    NoProxy: own['NO_PROXY'] ?? own['no_proxy'] ?? '',
    Name: hostname(),
  };
}

/** Which limits this kernel's cgroups have. */
function limitsOf(
  layout: CgroupLayout,
): Pick<
  HostInfo,
  'MemoryLimit' | 'SwapLimit' | 'CpuCfsPeriod' | 'CpuCfsQuota' | 'CPUShares' | 'CPUSet' | 'PidsLimit' | 'OomKillDisable' | 'CgroupVersion'
> {
  const has = (controller: string): boolean => controllerHierarchy(layout, controller) !== undefined;
  const memory = controllerHierarchy(layout, 'memory');
  const hasMemoryFile = (name: string): boolean =>
    memory !== undefined && existsSync(`${cgroupDirectory(memory, ownCgroup(memory.version))}/${name}`);
  return {
    MemoryLimit: memory !== undefined,
    SwapLimit: hasMemoryFile(memory?.version === 1 ? 'memory.memsw.limit_in_bytes' : 'memory.swap.max'),
    CpuCfsPeriod: has('cpu'),
    CpuCfsQuota: has('cpu'),
    CPUShares: has('cpu'),
    CPUSet: has('cpuset'),
    PidsLimit: has('pids'),
    OomKillDisable: memory?.version === 1,
    CgroupVersion: layout.kind === 'v2' ? '2' : '1',
  };
}

/** The root of a v2 tree has no files of limits: ours has. */
function ownCgroup(version: 1 | 2): string {
  if (version === 1) return '';
  return /^0::(.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1] ?? '';
}

/** What statfs(2) calls them. Source: include/uapi/linux/magic.h; the words are those of `docker info`. */
const FILESYSTEMS: Record<number, string> = {
  0xef53: 'extfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs',
  0x2fc12fc1: 'zfs',
  0x6969: 'nfs',
};

/** The kind of file system that a directory is on. */
export function backingFilesystem(path: string): string {
  return FILESYSTEMS[statfsSync(path).type] ?? '<unknown>';
}

/** os-release(5): `NAME="value"` lines. */
function readSystem(): Record<string, string> {
  const text = readText('/etc/os-release') ?? readText('/usr/lib/os-release') ?? '';
  return Object.fromEntries([...text.matchAll(/^(\w+)="?(.*?)"?$/gm)].map(([, name = '', value = '']) => [name, value]));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

/** A proxy's URL may hold a password, which is nobody's business. */
const withoutPassword = (url: string | undefined): string => (url ?? '').replace(/\/\/[^/@]*@/, '//xxxxx:xxxxx@');
