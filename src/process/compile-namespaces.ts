/** Which namespaces are cloned, unshared and joined, where in the plan. */
import { O_RDONLY } from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation, Slot } from '../model/plan.ts';
import type { OciConfig, OciIdMapping, OciNamespaceType } from '../oci-spec/runtime.ts';
import type { PlanOptions } from './compile-options.ts';
import { NAMESPACE_FLAGS, readNamespaces } from './namespaces.ts';
import type { Namespaces } from './namespaces.ts';

export interface NamespaceOperations {
  namespaces: Namespaces;
  before: PlanOperation[];
  cloneFlags: number;
  /** In the child, after its cgroup joins: awaitIdMaps, setns, unshare. */
  child: PlanOperation[];
  /** Whether a fresh network namespace with nothing in it comes of the clone. */
  freshNetwork: boolean;
  uidMap: string | undefined;
  gidMap: string | undefined;
}

/** In this order, as the kernel may ask for rights in one before another; user, pid, mount and cgroup are special. */
const JOINED: readonly OciNamespaceType[] = ['ipc', 'uts', 'network', 'time', 'cgroup'];

/** Read the namespaces of a config.json. Throws INVALID_ARGUMENT and UNSUPPORTED where they can't be had. */
export function namespaceOperations(spec: OciConfig, handles: PlanOptions['handles']): NamespaceOperations {
  const namespaces = readNamespaces(spec.linux?.namespaces ?? []);
  refuse(namespaces, handles);
  const before: PlanOperation[] = [];
  const child: PlanOperation[] = [];
  const slotOf = (type: OciNamespaceType): Slot | undefined => {
    const handle = handles.namespaces?.[type] ?? (type === 'network' ? handles.network : undefined);
    const asked = namespaces.get(type);
    if (handle !== undefined || asked === undefined || asked === 'new') return handle;
    const slot = `namespace:${type}`;
    before.push({ op: 'open', path: asked.path, flags: O_RDONLY, slot });
    return slot;
  };
  let cloneFlags = 0;
  for (const type of ['user', 'mount', 'uts', 'ipc', 'network', 'pid'] as const) {
    const joined = handles.namespaces?.[type] ?? (type === 'network' ? handles.network : undefined);
    if (namespaces.get(type) === 'new' && joined === undefined) cloneFlags |= NAMESPACE_FLAGS[type];
  }
  // A process never changes its own PID or time namespace: its children are born into them.
  if (namespaces.get('time') === 'new') before.push({ op: 'unshare', flags: NAMESPACE_FLAGS.time }, ...timeOffsets(spec));
  const pid = slotOf('pid');
  if (pid !== undefined) before.push({ op: 'setns', slot: pid, flags: NAMESPACE_FLAGS.pid });

  const user = namespaces.get('user') === 'new';
  if (user) child.push({ op: 'awaitIdMaps' });
  for (const type of JOINED) {
    const slot = slotOf(type);
    if (slot !== undefined) child.push({ op: 'setns', slot, flags: NAMESPACE_FLAGS[type] });
  }
  // Its root is where the process is at this moment: so it comes after the joins, and can't be a clone flag.
  if (namespaces.get('cgroup') === 'new') child.push({ op: 'unshare', flags: NAMESPACE_FLAGS.cgroup });
  return {
    namespaces,
    before,
    cloneFlags,
    child,
    freshNetwork: (cloneFlags & NAMESPACE_FLAGS.network) !== 0,
    uidMap: user ? idMap(spec.linux?.uidMappings, 'linux.uidMappings') : undefined,
    gidMap: user ? idMap(spec.linux?.gidMappings, 'linux.gidMappings') : undefined,
  };
}

function refuse(namespaces: Namespaces, handles: PlanOptions['handles']): void {
  const mount = namespaces.get('mount');
  if (mount === undefined) throw new TsrunError('UNSUPPORTED', 'linux.namespaces: a container without a mount namespace is not supported');
  for (const type of ['mount', 'user'] as const) {
    const asked = namespaces.get(type);
    if (asked !== undefined && asked !== 'new') {
      throw new TsrunError('UNSUPPORTED', `linux.namespaces: joining a ${type} namespace (${asked.path}) is not supported`, {
        path: asked.path,
      });
    }
  }
  for (const type of Object.keys(handles.namespaces ?? {}) as OciNamespaceType[]) {
    if (!namespaces.has(type)) throw new TsrunError('INTERNAL', `a ${type} namespace was handed over, but config.json has none`);
  }
  if (handles.network !== undefined && !namespaces.has('network')) {
    throw new TsrunError('INTERNAL', 'a network namespace was handed over, but config.json has none');
  }
}

/** Lines for /proc/PID/uid_map. */
function idMap(mappings: readonly OciIdMapping[] | undefined, at: string): string {
  if (mappings === undefined || mappings.length === 0)
    throw new TsrunError('INVALID_ARGUMENT', `${at}: a new user namespace needs mappings`);
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

function timeOffsets(spec: OciConfig): PlanOperation[] {
  const lines = (['monotonic', 'boottime'] as const).flatMap((clock) => {
    const offset = spec.linux?.timeOffsets?.[clock];
    return offset === undefined ? [] : [`${clock} ${offset.secs ?? 0} ${offset.nanosecs ?? 0}\n`];
  });
  return lines.length === 0 ? [] : [{ op: 'writeFile', path: '/proc/self/timens_offsets', data: lines.join('') }];
}
