/** Numbers of the kernel in words: `MS_NOSUID|MS_NODEV` instead of 6. */
import * as constants from '../kernel/constants.ts';
import { signalName } from '../kernel/constants.ts';
import { capabilityNames } from '../oci-spec/capabilities.ts';

type FlagTable = readonly (readonly [name: string, bit: number])[];

const tables = new Map<string, FlagTable>();

/** The single bits among the constants of a prefix, lowest first; made when first asked for, as most runs explain nothing. */
function tableOf(prefix: string): FlagTable {
  const known = tables.get(prefix);
  if (known !== undefined) return known;
  const isBit = (entry: [string, unknown]): entry is [string, number] =>
    entry[0].startsWith(prefix) && typeof entry[1] === 'number' && entry[1] > 0 && Number.isInteger(Math.log2(entry[1]));
  const table = Object.entries(constants)
    .filter(isBit)
    .toSorted(([, one], [, other]) => one - other);
  tables.set(prefix, table);
  return table;
}

/** Names joined with `|`; bits without a name as one hexadecimal number; `0` for none. */
function names(value: number, prefix: string): string {
  let rest = value;
  const found: string[] = [];
  for (const [name, bit] of tableOf(prefix)) {
    if ((value & bit) !== bit || (rest & bit) === 0) continue;
    found.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) found.push(`0x${(rest >>> 0).toString(16)}`);
  return found.length === 0 ? '0' : found.join('|');
}

/** MS_* of mount(2). */
export function mountFlagNames(flags: number): string {
  return names(flags, 'MS_');
}

/** MOUNT_ATTR_* of mount_setattr(2). */
export function attributeNames(attributes: number): string {
  return names(attributes, 'MOUNT_ATTR_');
}

/** CLONE_NEW* of clone3(2), unshare(2) and setns(2). */
export function cloneFlagNames(flags: number): string {
  return names(flags, 'CLONE_');
}

/** O_* of open(2). */
export function openFlagNames(flags: number): string {
  return flags === 0 ? 'O_RDONLY' : names(flags, 'O_');
}

/** SECCOMP_FILTER_FLAG_* of seccomp(2). */
export function filterFlagNames(flags: number): string {
  return names(flags, 'SECCOMP_FILTER_FLAG_');
}

/** The namespaces of CLONE_NEW* flags in words: `mount, PID and network namespaces`, `mount namespace`. */
export function namespaceWords(flags: number): string {
  const WORDS: readonly (readonly [number, string])[] = [
    [constants.CLONE_NEWUSER, 'user'],
    [constants.CLONE_NEWNS, 'mount'],
    [constants.CLONE_NEWPID, 'PID'],
    [constants.CLONE_NEWNET, 'network'],
    [constants.CLONE_NEWUTS, 'UTS'],
    [constants.CLONE_NEWIPC, 'IPC'],
    [constants.CLONE_NEWCGROUP, 'cgroup'],
    [constants.CLONE_NEWTIME, 'time'],
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
  return value === constants.RLIM_INFINITY ? 'unlimited' : String(value);
}

/** A signal's name. */
export function signalWords(signal: number): string {
  return signalName(signal);
}

/** What mount propagation does, in words. */
export function propagationWords(flags: number): string {
  if (flags & constants.MS_SHARED) return 'shared: mounts and unmounts show on both sides';
  if (flags & constants.MS_SLAVE) return "slave: the host's mounts show here, ours not there";
  if (flags & constants.MS_PRIVATE) return 'private: mounts show on this side only';
  if (flags & constants.MS_UNBINDABLE) return 'unbindable: private, and no bind mount can be made of it';
  return 'unchanged';
}
