/**
 * An OCI config.json -> the plan of a container's start. Pure: what it needs to know of the host is in its options.
 *
 * The child's walk, in order: die with the parent; enter the cgroups and namespaces; mount the root and pivot into it; mount what
 * config.json lists; devices; the terminal; let go of the old root; close what must be closed; become the user; execute.
 */
import { SIGKILL } from '../model/signals.ts';
import { TsrunError } from '../model/errors.ts';
import type { Plan, PlanOperation } from '../model/plan.ts';
import type { OciConfig, OciProcess } from '../oci-spec/runtime.ts';
import { deviceOperations } from './compile-devices.ts';
import { mountOperations } from './compile-mounts.ts';
import { namespaceOperations } from './compile-namespaces.ts';
import type { NamespaceOperations } from './compile-namespaces.ts';
import type { PlanOptions } from './compile-options.ts';
import { refuseUnsupportedProcess, restrictAndExecute, standardStreams } from './compile-process.ts';
import { finalPropagation, rootOperations } from './compile-root.ts';
import { sysctlOperations } from './compile-sysctls.ts';
import { cleanPath } from './container-paths.ts';
import { makeReadOnly } from './mount-operations.ts';
import type { MountContext } from './mount-operations.ts';
import { personalityOperations } from './personality.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';

/**
 * Compile a container's start.
 *
 * @param spec a config.json that `validateOciConfig` found nothing wrong with
 * @throws {TsrunError} UNSUPPORTED for what this engine does not do (by the field's name), INVALID_ARGUMENT for what can't be.
 */
export function compilePlan(spec: OciConfig, options: PlanOptions): Plan {
  refuseUnsupported(spec);
  const process = requireProcess(spec, options);
  const namespaces = namespaceOperations(spec, options.handles);
  const root = rootOperations(spec, options);
  const mounts = compileMounts(spec, namespaces, options);
  const nullSlot = 'null';
  const masked = spec.linux?.maskedPaths ?? [];

  const before = [...namespaces.before, ...root.before, ...mounts.before];
  const child: PlanOperation[] = [
    { op: 'parentDeathSignal', signal: SIGKILL },
    ...options.cgroupJoins.map((path): PlanOperation => ({ op: 'writeFile', path, data: '0' })),
    ...(process.oomScoreAdj === undefined ? [] : [{ op: 'setOomScore', score: process.oomScoreAdj } as const]),
    ...namespaces.child,
    { op: 'newSession' },
    { op: 'joinSessionKeyring', name: options.keyring },
    ...hostNames(spec, namespaces),
    ...(namespaces.namespaces.get('network') === 'new' && options.loopbackUp ? [{ op: 'loopbackUp' } as const] : []),
    ...root.child,
    ...mounts.child,
    // The container's own /dev/null, opened and checked while nobody else can be in there (CVE-2025-31133).
    ...(masked.length === 0 ? [] : [{ op: 'openDevice', path: '/dev/null', major: 1, minor: 3, slot: nullSlot } as const]),
    standardStreams(process, options.terminalSize, true),
    ...(cleanPath(process.cwd) === '/' ? [] : [{ op: 'makeDirectory', path: process.cwd, mode: 0o755, parents: true } as const]),
    { op: 'detachOldRoot' },
    ...finalPropagation(spec),
    ...(spec.linux?.readonlyPaths ?? []).map((path): PlanOperation => ({ op: 'readonlyPath', path })),
    ...masked.map((path): PlanOperation => ({ op: 'maskPath', path, slot: nullSlot })),
    ...mounts.late,
    ...(spec.root?.readonly === true ? [makeReadOnly('/')] : []),
    ...personalityOperations(spec),
    ...restrictAndExecute(process, { seccomp: options.seccomp, init: options.init, start: options.handles.start, parentDeath: true }),
  ];
  const { uidMap, gidMap, cloneFlags: flags } = namespaces;
  const clone = {
    flags,
    ...(options.handles.cgroup === undefined ? {} : { cgroup: options.handles.cgroup }),
    ...(uidMap === undefined || gidMap === undefined ? {} : { uidMap, gidMap }),
  };
  return { before, clone, child };
}

function requireProcess(spec: OciConfig, options: PlanOptions): OciProcess {
  if (spec.process === undefined) throw new TsrunError('INVALID_ARGUMENT', 'process: must be given');
  refuseUnsupportedProcess(spec.process);
  if (spec.linux?.seccomp !== undefined && options.seccomp === undefined) {
    throw new TsrunError('INTERNAL', 'linux.seccomp: was not compiled, and a container must not start without it');
  }
  return spec.process;
}

/** All mounts after the root, with devices right after /dev and sysctls right after /proc: before anything of the user's is there. */
function compileMounts(
  spec: OciConfig,
  names: NamespaceOperations,
  options: PlanOptions,
): Record<'before' | 'child' | 'late', PlanOperation[]> {
  const { mounts, devices: wantsDevices, offset } = ownMounts(spec);
  const user = names.namespaces.get('user') === 'new';
  const context: MountContext = {
    bundle: options.bundle,
    cgroupMounts: options.cgroupMounts,
    cgroupNamespace: names.namespaces.has('cgroup'),
    bindSysfs: user && !names.freshNetwork,
    handed: options.handles.mounts ?? {},
    rootPrivate: spec.linux?.rootfsPropagation === 'private',
  };
  const devices = deviceOperations(spec.linux?.devices ?? [], { byMount: user, hasKcore: options.hasKcore === true });
  const sysctls = sysctlOperations(spec.linux?.sysctl ?? {}, names.namespaces);
  const result = { before: wantsDevices ? [...devices.before] : [], child: [] as PlanOperation[], late: [] as PlanOperation[] };
  const devMounted = mounts.some(({ destination }) => cleanPath(destination) === '/dev');
  if (wantsDevices && !devMounted) result.child.push({ op: 'makeDirectory', path: '/dev', mode: 0o755, parents: true }, ...devices.child);
  let procMounted = false;
  for (const [index, mount] of mounts.entries()) {
    const { before, child, late } = mountOperations(mount, index + offset, context);
    result.before.push(...before);
    result.child.push(...child);
    result.late.push(...late);
    const destination = cleanPath(mount.destination);
    if (destination === '/dev' && wantsDevices) result.child.push(...devices.child);
    if (destination === '/proc' && !procMounted) {
      procMounted = true;
      result.child.push(...sysctls);
    }
  }
  if (sysctls.length > 0 && !procMounted) throw new TsrunError('INVALID_ARGUMENT', 'linux.sysctl: needs a mount of type proc at /proc');
  return result;
}

/** Mounts without the root's; and whether /dev is ours to fill: a /dev that was bound is somebody else's. */
function ownMounts(spec: OciConfig): { mounts: NonNullable<OciConfig['mounts']>; devices: boolean; offset: number } {
  const all = spec.mounts ?? [];
  const offset = all[0] !== undefined && cleanPath(all[0].destination) === '/' && all[0].type === 'overlay' ? 1 : 0;
  const mounts = all.slice(offset);
  const bound = mounts.some(
    ({ destination, type, options }) =>
      cleanPath(destination) === '/dev' && (type === 'bind' || options?.some((each) => each === 'bind' || each === 'rbind') === true),
  );
  return { mounts, devices: !bound, offset };
}

function hostNames(spec: OciConfig, names: NamespaceOperations): PlanOperation[] {
  const { hostname = '', domainname = '' } = spec;
  if ((hostname !== '' || domainname !== '') && !names.namespaces.has('uts')) {
    throw new TsrunError('INVALID_ARGUMENT', 'unable to set hostname without a private UTS namespace');
  }
  const operations: PlanOperation[] = [];
  if (hostname !== '') operations.push({ op: 'setHostname', name: hostname });
  if (domainname !== '') operations.push({ op: 'setDomainname', name: domainname });
  return operations;
}
