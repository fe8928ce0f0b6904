/** Options and words for the tests of plans. */
import { compilePlan } from '../../src/process/compile-plan.ts';
import type { PlanOptions } from '../../src/process/compile-options.ts';
import { explainOperation } from '../../src/process/explain-plan.ts';
import type { Plan, PlanOperation } from '../../src/model/plan.ts';
import type { OciConfig } from '../../src/oci-spec/runtime.ts';

/** A cgroup v2 host, with a network namespace and a cgroup handed over. */
export function planOptions(changes: Partial<PlanOptions> = {}): PlanOptions {
  return {
    bundle: '/bundle',
    rootMountPoint: '/run/tsrun/root',
    keyring: '_ses.box',
    handles: { network: 'network', cgroup: 'cgroup' },
    cgroupJoins: [],
    cgroupMounts: { kind: 'v2', hierarchies: [] },
    seccomp: undefined,
    init: false,
    terminalSize: undefined,
    loopbackUp: false,
    ...changes,
  };
}

/** The smallest config.json that has a plan. */
export function minimalConfig(changes: Partial<OciConfig> = {}): OciConfig {
  return {
    ociVersion: '1.2.0',
    root: { path: 'rootfs' },
    process: { cwd: '/', args: ['sh'], env: ['PATH=/bin'] },
    linux: { namespaces: [{ type: 'mount' }] },
    ...changes,
  };
}

/** Compile `minimalConfig(changes)` with nothing handed over. */
export function compileMinimal(changes: Partial<OciConfig> = {}, options: Partial<PlanOptions> = {}): Plan {
  return compilePlan(minimalConfig(changes), planOptions({ handles: {}, ...options }));
}

/** The calls of a list, one line each. */
export function calls(operations: readonly PlanOperation[]): string[] {
  return operations.map((operation) => explainOperation(operation).call);
}

/** The operations of one name. */
export function operationsOf<Name extends PlanOperation['op']>(
  operations: readonly PlanOperation[],
  name: Name,
): Extract<PlanOperation, { op: Name }>[] {
  return operations.filter((each): each is Extract<PlanOperation, { op: Name }> => each.op === name);
}

/** Where the first operation of that name (and with that text in its call) stands; fails where there is none. */
export function indexOf(operations: readonly PlanOperation[], name: PlanOperation['op'], text = ''): number {
  const index = operations.findIndex((each) => each.op === name && explainOperation(each).call.includes(text));
  if (index === -1) throw new Error(`no ${name} ${text} in the plan`);
  return index;
}
