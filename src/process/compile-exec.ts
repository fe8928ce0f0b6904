/** A further process in a running container -> a plan that joins what the container is in, and then does as PID 1 did. */
import { SIGKILL } from '../model/signals.ts';
import { TsrunError } from '../model/errors.ts';
import type { Plan, PlanOperation, Slot } from '../model/plan.ts';
import type { OciConfig, OciProcess } from '../oci-spec/runtime.ts';
import type { CompiledFilter } from './compile-options.ts';
import { refuseUnsupportedProcess, restrictAndExecute, standardStreams } from './compile-process.ts';
import { NAMESPACE_FLAGS, readNamespaces } from './namespaces.ts';
import { personalityOperations } from './personality.ts';

export interface ExecPlanOptions {
  /** PID 1 as the host sees it. The caller makes sure that it is still the container's (its start time), best by `pidfd`. */
  pid: number;
  /** A slot that already holds a pidfd of PID 1; without it one is opened. */
  pidfd?: Slot | undefined;
  /** Name of the container's session keyring: see `PlanOptions`. */
  keyring: string;
  /** Slot of the container's cgroup v2 directory. */
  cgroup?: Slot | undefined;
  /** v1 cgroup.procs files on the host. */
  cgroupJoins: readonly string[];
  /** `linux.seccomp` of the container, compiled; undefined where it has none. */
  seccomp: CompiledFilter | undefined;
  terminalSize: { rows: number; columns: number } | undefined;
}

/**
 * Compile an exec.
 *
 * @param spec the container's config.json: its namespaces, personality and seccomp
 * @param process what to execute; see `buildExecProcess`
 * @throws {TsrunError} as `compilePlan`.
 */
export function compileExecPlan(spec: OciConfig, process: OciProcess, options: ExecPlanOptions): Plan {
  refuseUnsupportedProcess(process);
  if (spec.linux?.seccomp !== undefined && options.seccomp === undefined) {
    throw new TsrunError('INTERNAL', 'linux.seccomp: was not compiled, and a process must not start without it');
  }
  const namespaces = readNamespaces(spec.linux?.namespaces ?? []);
  const slot = options.pidfd ?? 'target';
  const before: PlanOperation[] = options.pidfd === undefined ? [{ op: 'openPidfd', pid: options.pid, slot }] : [];
  // Only a child is born into another PID namespace; all the others the child enters itself, in one call.
  if (namespaces.has('pid')) before.push({ op: 'setns', slot, flags: NAMESPACE_FLAGS.pid });
  let flags = 0;
  for (const type of namespaces.keys()) if (type !== 'pid') flags |= NAMESPACE_FLAGS[type];
  const child: PlanOperation[] = [
    { op: 'parentDeathSignal', signal: SIGKILL },
    // The container's processes see this one as soon as it is in their PID namespace, before it is one of them.
    { op: 'setDumpable', value: 0 },
    ...options.cgroupJoins.map((path): PlanOperation => ({ op: 'writeFile', path, data: '0' })),
    ...(process.oomScoreAdj === undefined ? [] : [{ op: 'setOomScore', score: process.oomScoreAdj } as const]),
    ...(flags === 0 ? [] : [{ op: 'setns', slot, flags } as const]),
    ...(namespaces.has('user') ? becomeRoot : []),
    { op: 'newSession' },
    { op: 'joinSessionKeyring', name: options.keyring },
    standardStreams(process, options.terminalSize, false),
    ...personalityOperations(spec),
    ...restrictAndExecute(process, { seccomp: options.seccomp, init: false, parentDeath: true }),
  ];
  return { before, clone: { flags: 0, ...(options.cgroup === undefined ? {} : { cgroup: options.cgroup }) }, child };
}

/**
 * As PID 1 did in its new user namespace: until then we are nobody in there, who finds no keyring by its name. A change of user
 * makes a process readable again.
 */
const becomeRoot: readonly PlanOperation[] = [
  { op: 'setUser', uid: 0, gid: 0, groups: [] },
  { op: 'setDumpable', value: 0 },
];
