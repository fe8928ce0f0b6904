/** Numbers of the kernel in words: `MS_NOSUID|MS_NODEV` instead of 6. */
import * as k from '../kernel/constants.ts';
import { signalName } from '../model/signals.ts';
import { capabilityNames } from '../oci-spec/capabilities.ts';

/** Single bits and their names, lowest first. Functions, as most runs explain nothing. */
type FlagTable = readonly (readonly [name: string, bit: number])[];

const mountFlags = (): FlagTable => [
  ['MS_RDONLY', k.MS_RDONLY],
  ['MS_NOSUID', k.MS_NOSUID],
  ['MS_NODEV', k.MS_NODEV],
  ['MS_NOEXEC', k.MS_NOEXEC],
  ['MS_SYNCHRONOUS', k.MS_SYNCHRONOUS],
  ['MS_REMOUNT', k.MS_REMOUNT],
  ['MS_MANDLOCK', k.MS_MANDLOCK],
  ['MS_DIRSYNC', k.MS_DIRSYNC],
  ['MS_NOSYMFOLLOW', k.MS_NOSYMFOLLOW],
  ['MS_NOATIME', k.MS_NOATIME],
  ['MS_NODIRATIME', k.MS_NODIRATIME],
  ['MS_BIND', k.MS_BIND],
  ['MS_MOVE', k.MS_MOVE],
  ['MS_REC', k.MS_REC],
  ['MS_SILENT', k.MS_SILENT],
  ['MS_POSIXACL', k.MS_POSIXACL],
  ['MS_UNBINDABLE', k.MS_UNBINDABLE],
  ['MS_PRIVATE', k.MS_PRIVATE],
  ['MS_SLAVE', k.MS_SLAVE],
  ['MS_SHARED', k.MS_SHARED],
  ['MS_RELATIME', k.MS_RELATIME],
  ['MS_I_VERSION', k.MS_I_VERSION],
  ['MS_STRICTATIME', k.MS_STRICTATIME],
  ['MS_LAZYTIME', k.MS_LAZYTIME],
];

const attributes = (): FlagTable => [
  ['MOUNT_ATTR_RDONLY', k.MOUNT_ATTR_RDONLY],
  ['MOUNT_ATTR_NOSUID', k.MOUNT_ATTR_NOSUID],
  ['MOUNT_ATTR_NODEV', k.MOUNT_ATTR_NODEV],
  ['MOUNT_ATTR_NOEXEC', k.MOUNT_ATTR_NOEXEC],
  ['MOUNT_ATTR_NOATIME', k.MOUNT_ATTR_NOATIME],
  ['MOUNT_ATTR_STRICTATIME', k.MOUNT_ATTR_STRICTATIME],
  ['MOUNT_ATTR_NODIRATIME', k.MOUNT_ATTR_NODIRATIME],
  ['MOUNT_ATTR_IDMAP', k.MOUNT_ATTR_IDMAP],
  ['MOUNT_ATTR_NOSYMFOLLOW', k.MOUNT_ATTR_NOSYMFOLLOW],
];

const cloneFlags = (): FlagTable => [
  ['CLONE_NEWTIME', k.CLONE_NEWTIME],
  ['CLONE_VM', k.CLONE_VM],
  ['CLONE_FS', k.CLONE_FS],
  ['CLONE_FILES', k.CLONE_FILES],
  ['CLONE_PIDFD', k.CLONE_PIDFD],
  ['CLONE_NEWNS', k.CLONE_NEWNS],
  ['CLONE_NEWCGROUP', k.CLONE_NEWCGROUP],
  ['CLONE_NEWUTS', k.CLONE_NEWUTS],
  ['CLONE_NEWIPC', k.CLONE_NEWIPC],
  ['CLONE_NEWUSER', k.CLONE_NEWUSER],
  ['CLONE_NEWPID', k.CLONE_NEWPID],
  ['CLONE_NEWNET', k.CLONE_NEWNET],
  ['CLONE_INTO_CGROUP', k.CLONE_INTO_CGROUP],
];

const openFlags = (): FlagTable => [
  ['O_WRONLY', k.O_WRONLY],
  ['O_RDWR', k.O_RDWR],
  ['O_CREAT', k.O_CREAT],
  ['O_EXCL', k.O_EXCL],
  ['O_NOCTTY', k.O_NOCTTY],
  ['O_TRUNC', k.O_TRUNC],
  ['O_APPEND', k.O_APPEND],
  ['O_NONBLOCK', k.O_NONBLOCK],
  ['O_DIRECTORY', k.O_DIRECTORY],
  ['O_NOFOLLOW', k.O_NOFOLLOW],
  ['O_CLOEXEC', k.O_CLOEXEC],
  ['O_PATH', k.O_PATH],
];

const filterFlags = (): FlagTable => [
  ['SECCOMP_FILTER_FLAG_TSYNC', k.SECCOMP_FILTER_FLAG_TSYNC],
  ['SECCOMP_FILTER_FLAG_LOG', k.SECCOMP_FILTER_FLAG_LOG],
  ['SECCOMP_FILTER_FLAG_SPEC_ALLOW', k.SECCOMP_FILTER_FLAG_SPEC_ALLOW],
  ['SECCOMP_FILTER_FLAG_NEW_LISTENER', k.SECCOMP_FILTER_FLAG_NEW_LISTENER],
  ['SECCOMP_FILTER_FLAG_TSYNC_ESRCH', k.SECCOMP_FILTER_FLAG_TSYNC_ESRCH],
  ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', k.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV],
];

/** Names joined with `|`; bits without a name as one hexadecimal number; `0` for none. */
function names(value: number, table: FlagTable): string {
  let rest = value;
  const found: string[] = [];
  for (const [name, bit] of table) {
    if ((value & bit) !== bit || (rest & bit) === 0) continue;
    found.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) found.push(`0x${(rest >>> 0).toString(16)}`);
  return found.length === 0 ? '0' : found.join('|');
}

/** MS_* of mount(2). */
export function mountFlagNames(flags: number): string {
  return names(flags, mountFlags());
}

/** MOUNT_ATTR_* of mount_setattr(2). */
export function attributeNames(set: number): string {
  return names(set, attributes());
}

/** CLONE_NEW* of clone3(2), unshare(2) and setns(2). */
export function cloneFlagNames(flags: number): string {
  return names(flags, cloneFlags());
}

/** O_* of open(2). */
export function openFlagNames(flags: number): string {
  return flags === 0 ? 'O_RDONLY' : names(flags, openFlags());
}

/** SECCOMP_FILTER_FLAG_* of seccomp(2). */
export function filterFlagNames(flags: number): string {
  return names(flags, filterFlags());
}

/** The namespaces of CLONE_NEW* flags in words: `mount, PID and network namespaces`, `mount namespace`. */
export function namespaceWords(flags: number): string {
  const WORDS: readonly (readonly [number, string])[] = [
    [k.CLONE_NEWUSER, 'user'],
    [k.CLONE_NEWNS, 'mount'],
    [k.CLONE_NEWPID, 'PID'],
    [k.CLONE_NEWNET, 'network'],
    [k.CLONE_NEWUTS, 'UTS'],
    [k.CLONE_NEWIPC, 'IPC'],
    [k.CLONE_NEWCGROUP, 'cgroup'],
    [k.CLONE_NEWTIME, 'time'],
  ];
  const found = WORDS.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word);
  return found.length < 2 ? `${found[0] ?? 'no'} namespace` : `${found.slice(0, -1).join(', ')} and ${found.at(-1) ?? ''} namespaces`;
}

/** Capabilities of a mask: `none`, `all`, or their names. */
export function capabilityWords(mask: bigint): string {
  const found = capabilityNames(mask);
  if (found.length === 0) return 'none';
  return found.length === capabilityNames(~0n).length ? 'all' : found.join(' ');
}

/** A limit's value. */
export function limitWords(value: bigint): string {
  return value === k.RLIM_INFINITY ? 'unlimited' : String(value);
}

/** A signal's name. */
export function signalWords(signal: number): string {
  return signalName(signal);
}

/** What mount propagation does, in words. */
export function propagationWords(flags: number): string {
  if (flags & k.MS_SHARED) return 'shared: mounts and unmounts show on both sides';
  if (flags & k.MS_SLAVE) return "slave: the host's mounts show here, ours not there";
  if (flags & k.MS_PRIVATE) return 'private: mounts show on this side only';
  if (flags & k.MS_UNBINDABLE) return 'unbindable: private, and no bind mount can be made of it';
  return 'unchanged';
}
