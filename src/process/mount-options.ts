/** Option strings of a config.json mount -> flags and data. The names are those of mount(8), as runtime-spec's config.md lists them. */
import * as constants from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';

/** A mount's options, sorted by who takes them. */
export interface MountOptions {
  /** MS_* for mount(2), without MS_BIND, MS_REC and propagation. */
  flags: number;
  /** MS_* that were cleared by name (`rw`, `exec`): they matter on a bind mount, which begins with its source's. */
  cleared: number;
  /** undefined: no bind mount. */
  bind: 'bind' | 'rbind' | undefined;
  /** MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE; undefined where none was given. */
  propagation: number | undefined;
  propagationRecursive: boolean;
  /** MOUNT_ATTR_* to set and clear on the mount and all below it (`rro`). */
  recursiveSet: number;
  recursiveClear: number;
  /** Everything else, for the file system itself, joined with commas. */
  data: string;
}

/** The flag, and whether the name clears it. */
const FLAGS: Readonly<Record<string, readonly [flag: number, clear: boolean]>> = {
  ro: [constants.MS_RDONLY, false],
  rw: [constants.MS_RDONLY, true],
  nosuid: [constants.MS_NOSUID, false],
  suid: [constants.MS_NOSUID, true],
  nodev: [constants.MS_NODEV, false],
  dev: [constants.MS_NODEV, true],
  noexec: [constants.MS_NOEXEC, false],
  exec: [constants.MS_NOEXEC, true],
  sync: [constants.MS_SYNCHRONOUS, false],
  async: [constants.MS_SYNCHRONOUS, true],
  dirsync: [constants.MS_DIRSYNC, false],
  mand: [constants.MS_MANDLOCK, false],
  nomand: [constants.MS_MANDLOCK, true],
  noatime: [constants.MS_NOATIME, false],
  atime: [constants.MS_NOATIME, true],
  nodiratime: [constants.MS_NODIRATIME, false],
  diratime: [constants.MS_NODIRATIME, true],
  relatime: [constants.MS_RELATIME, false],
  norelatime: [constants.MS_RELATIME, true],
  strictatime: [constants.MS_STRICTATIME, false],
  nostrictatime: [constants.MS_STRICTATIME, true],
  lazytime: [constants.MS_LAZYTIME, false],
  nolazytime: [constants.MS_LAZYTIME, true],
  iversion: [constants.MS_I_VERSION, false],
  noiversion: [constants.MS_I_VERSION, true],
  nosymfollow: [constants.MS_NOSYMFOLLOW, false],
  symfollow: [constants.MS_NOSYMFOLLOW, true],
  silent: [constants.MS_SILENT, false],
  loud: [constants.MS_SILENT, true],
  defaults: [0, false],
};

const PROPAGATION: Readonly<Record<string, number>> = {
  shared: constants.MS_SHARED,
  slave: constants.MS_SLAVE,
  private: constants.MS_PRIVATE,
  unbindable: constants.MS_UNBINDABLE,
};

/** MS_* flags that a mount has for itself, and their MOUNT_ATTR_*. */
const ATTRIBUTES: readonly (readonly [flag: number, attribute: number])[] = [
  [constants.MS_RDONLY, constants.MOUNT_ATTR_RDONLY],
  [constants.MS_NOSUID, constants.MOUNT_ATTR_NOSUID],
  [constants.MS_NODEV, constants.MOUNT_ATTR_NODEV],
  [constants.MS_NOEXEC, constants.MOUNT_ATTR_NOEXEC],
  [constants.MS_NODIRATIME, constants.MOUNT_ATTR_NODIRATIME],
  [constants.MS_NOSYMFOLLOW, constants.MOUNT_ATTR_NOSYMFOLLOW],
];

const ACCESS_TIMES: readonly (readonly [flag: number, attribute: number])[] = [
  [constants.MS_NOATIME, constants.MOUNT_ATTR_NOATIME],
  [constants.MS_STRICTATIME, constants.MOUNT_ATTR_STRICTATIME],
  [constants.MS_RELATIME, constants.MOUNT_ATTR_RELATIME],
];

/** Flags (and what was cleared by name) as mount_setattr(2) takes them. Flags that are the file system's own are left out. */
export function mountAttributes(flags: number, cleared: number): { set: number; clear: number } {
  let set = 0;
  let clear = 0;
  for (const [flag, attribute] of ATTRIBUTES) {
    if (flags & flag) set |= attribute;
    else if (cleared & flag) clear |= attribute;
  }
  const time = ACCESS_TIMES.find(([flag]) => flags & flag);
  const timeCleared = ACCESS_TIMES.some(([flag]) => cleared & flag);
  // The access time settings are one field: it must be cleared as a whole to be set; nothing set is relatime.
  if (time !== undefined || timeCleared) clear |= constants.MOUNT_ATTR__ATIME;
  return { set: set | (time?.[1] ?? 0), clear };
}

/**
 * Sort the option strings of one mount.
 *
 * @param at where they stand, for messages: `mounts[3]`
 * @throws {TsrunError} UNSUPPORTED for idmap, ridmap, tmpcopyup and remount.
 */
export function parseMountOptions(options: readonly string[], at: string): MountOptions {
  const result: MountOptions = {
    flags: 0,
    cleared: 0,
    bind: undefined,
    propagation: undefined,
    propagationRecursive: false,
    recursiveSet: 0,
    recursiveClear: 0,
    data: '',
  };
  const data: string[] = [];
  for (const option of options) {
    if (!readOption(option, result, at)) data.push(option);
  }
  return { ...result, data: data.join(',') };
}

/** Whether `option` was one for the kernel's mount code, and is now in `result`. */
function readOption(option: string, result: MountOptions, at: string): boolean {
  if (option === 'bind' || option === 'rbind') {
    result.bind = option;
    return true;
  }
  const flag = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined;
  if (flag !== undefined) {
    setFlag(result, flag[0], flag[1]);
    return true;
  }
  const bare = option.startsWith('r') ? option.slice(1) : option;
  const name = [option, bare].find((each) => Object.hasOwn(PROPAGATION, each));
  if (name !== undefined) {
    const propagation = PROPAGATION[name];
    result.propagation = propagation;
    result.propagationRecursive = name !== option;
    return true;
  }
  const recursive = option.startsWith('r') && Object.hasOwn(FLAGS, bare) ? FLAGS[bare] : undefined;
  if (recursive !== undefined) {
    const [bit, clears] = recursive;
    const { set, clear } = mountAttributes(clears ? 0 : bit, clears ? bit : 0);
    // The later of `rro` and `rrw` wins.
    result.recursiveSet = (result.recursiveSet & ~clear) | set;
    result.recursiveClear = (result.recursiveClear & ~set) | clear;
    return true;
  }
  if (['idmap', 'ridmap', 'tmpcopyup', 'remount'].includes(option)) {
    throw new TsrunError('UNSUPPORTED', `${at}.options: "${option}" is not supported`, { path: at });
  }
  return false;
}

function setFlag(result: MountOptions, flag: number, clear: boolean): void {
  if (clear) {
    result.flags &= ~flag;
    result.cleared |= flag;
  } else {
    result.flags |= flag;
    result.cleared &= ~flag;
  }
}
