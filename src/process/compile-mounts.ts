/** `mounts` of a config.json -> operations: sources are opened on the host before the clone, targets are mounted after pivotRoot. */
import { MS_PRIVATE, MS_RDONLY, MS_SLAVE } from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import type { OciMount } from '../oci-spec/runtime.ts';
import { cgroupMountOperations } from './compile-cgroup-mounts.ts';
import { makeReadOnly } from './mount-operations.ts';
import type { MountContext, MountOperations } from './mount-operations.ts';
import { cleanPath, inBundle, isInside } from './container-paths.ts';
import { mountAttributes, parseMountOptions } from './mount-options.ts';
import type { MountOptions } from './mount-options.ts';

/** Files in /proc that may be covered (by lxcfs and the like); all else there is the kernel's word. Source: runc's list. */
const COVERABLE_PROC = new Set([
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/uptime',
  '/proc/loadavg',
  '/proc/slabinfo',
  '/proc/net/dev',
  '/proc/sys/kernel/ns_last_pid',
  '/proc/sys/crypto/fips_enabled',
]);

/** File systems whose target must not be a link that the image made (CVE-2019-19921 and its kin). */
const KERNEL_TYPES = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue']);

/**
 * One mount of config.json.
 *
 * @param index its place in `mounts`, for messages and slot names
 * @throws {TsrunError} UNSUPPORTED for ID-mapped mounts and options that are not done here, INVALID_ARGUMENT for a bad target.
 */
export function mountOperations(mount: OciMount, index: number, context: MountContext): MountOperations {
  const at = `mounts[${index}]`;
  for (const key of ['uidMappings', 'gidMappings'] as const) {
    if ((mount[key]?.length ?? 0) > 0) throw new TsrunError('UNSUPPORTED', `${at}.${key}: ID-mapped mounts are not supported`);
  }
  const target = cleanPath(mount.destination);
  if (target === '/')
    throw new TsrunError('INVALID_ARGUMENT', `${at}.destination: only an overlay that is the first mount can be the root`);
  const options = parseMountOptions(mount.options ?? [], at);
  refuseInProc(mount, target);
  if (options.bind !== undefined || mount.type === 'bind') return bindOperations(mount, { index, at, target, options, context });
  if (mount.type === 'cgroup' || mount.type === 'cgroup2') return cgroupMountOperations(target, options, context);
  if (mount.type === 'sysfs' && context.bindSysfs) {
    const slot = `mount:${index}`;
    const before: PlanOperation[] = [{ op: 'openTree', path: '/sys', recursive: true, slot }];
    const { set, clear } = mountAttributes(options.flags, 0);
    before.push({ op: 'mountSetattr', slot, set, clear, propagation: MS_PRIVATE, recursive: true });
    return { before, child: [{ op: 'moveMount', slot, target, kind: 'directory' }], late: [] };
  }
  return fileSystemOperations(mount, target, options);
}

/** A mount of a file system's own. */
function fileSystemOperations(mount: OciMount, target: string, options: MountOptions): MountOperations {
  const type = mount.type ?? '';
  if (type === '') throw new TsrunError('INVALID_ARGUMENT', `mount at ${target}: needs a type, or the option bind or rbind`);
  const readOnlyLater = type === 'tmpfs' && (options.flags & MS_RDONLY) !== 0;
  const flags = readOnlyLater ? options.flags & ~MS_RDONLY : options.flags;
  const nofollow = KERNEL_TYPES.has(type) || target === '/dev' ? ({ nofollow: true } as const) : {};
  const source = mount.source ?? type;
  const child: PlanOperation[] = [{ op: 'mount', source, target, type, flags, data: options.data, kind: 'directory', ...nofollow }];
  // A fresh mount below a private one is private already.
  const propagation = options.propagation === MS_PRIVATE ? 0 : (options.propagation ?? 0);
  const { recursiveSet: set, recursiveClear: clear } = options;
  if (propagation !== 0 || set !== 0 || clear !== 0) {
    child.push({ op: 'mountSetattr', path: target, set, clear, propagation, recursive: false });
  }
  const late: PlanOperation[] = readOnlyLater ? [makeReadOnly(target)] : [];
  return { before: [], child, late };
}

/** A bind mount: cloned on the host as a detached mount, given its attributes there, and moved to its target in the container. */
function bindOperations(
  mount: OciMount,
  bind: { index: number; at: string; target: string; options: MountOptions; context: MountContext },
): MountOperations {
  const { index, at, target, options, context } = bind;
  if (mount.source === undefined || mount.source === '') throw new TsrunError('INVALID_ARGUMENT', `${at}.source: a bind mount needs one`);
  if (options.data !== '') throw new TsrunError('UNSUPPORTED', `${at}.options: "${options.data}" is no option of a bind mount`);
  const handed = Object.hasOwn(context.handed, target) ? context.handed[target] : undefined;
  const slot = handed ?? `mount:${index}`;
  const recursive = options.bind === 'rbind';
  const path = inBundle(context.bundle, mount.source);
  const before: PlanOperation[] = handed === undefined ? [{ op: 'openTree', path, recursive, slot }] : [];
  before.push(...attributeOperations(slot, options, context));
  return { before, child: [{ op: 'moveMount', slot, target, kind: 'same' }], late: [] };
}

/** mountSetattr of a bind: as few calls as say the same. */
function attributeOperations(slot: string, options: MountOptions, context: MountContext): PlanOperation[] {
  const own = mountAttributes(options.flags, options.cleared);
  const propagation = options.propagation ?? (context.rootPrivate ? MS_PRIVATE : MS_SLAVE);
  const deepPropagation = options.bind === 'rbind' && (options.propagationRecursive || options.propagation === undefined);
  const deep = {
    set: options.recursiveSet,
    clear: options.recursiveClear,
    propagation: deepPropagation ? propagation : 0,
  };
  const top = { ...own, propagation: deepPropagation ? 0 : propagation };
  const operations: PlanOperation[] = [];
  for (const [{ set, clear, propagation: kind }, recursive] of [[deep, true] as const, [top, false] as const]) {
    if (set === 0 && clear === 0 && kind === 0) continue;
    operations.push({ op: 'mountSetattr', slot, set, clear, propagation: kind, recursive });
  }
  return operations;
}

/** Refuse what would put something else in the place of the kernel's /proc: we and the program rely on it. */
function refuseInProc(mount: OciMount, target: string): void {
  const reason =
    target === '/proc' && mount.type !== 'proc'
      ? 'it is not of type proc'
      : isInside(target, '/proc') && !COVERABLE_PROC.has(target)
        ? 'it is inside /proc'
        : undefined;
  if (reason === undefined) return;
  const source = JSON.stringify(mount.source ?? mount.type ?? '');
  throw new TsrunError(
    'INVALID_ARGUMENT',
    `error mounting ${source} to rootfs at "${target}": "${target}" cannot be mounted because ${reason}`,
    {
      path: target,
      call: 'mount',
      step: 6,
    },
  );
}
