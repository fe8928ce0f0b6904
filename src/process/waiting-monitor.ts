/** Step 6: a monitor that runs already, and waits for its plan. */
import { closeSync } from 'node:fs';
import { detectCgroups, openMonitorCgroup } from '../kernel/cgroup/index.ts';
import { monitorExecutable, native, type MonitorInMaking } from '../kernel/native.ts';
import { traceCall, traceTimedCall } from '../kernel/trace.ts';

const WORDS = 'tsrun-monitor from a sealed copy; it waits for its plan';

/**
 * A process of its own that ends by itself where it is never given a plan, or we are killed: it hears that its control socket is closed.
 * `using` closes it, unless it was taken.
 */
export class WaitingMonitor {
  #making: MonitorInMaking | undefined;
  #control: number | undefined;
  /** The cgroup that it is born in, held until it is there; undefined where there is none. */
  readonly #home: number | undefined = openMonitorCgroup(detectCgroups());

  /**
   * @param id of its container
   * @param execId of its exec, if it is for one
   * @param meanwhile have a thread start it while the caller sees to something else: starting a process takes a millisecond
   */
  constructor(id: string, { execId, meanwhile = false }: { execId?: string; meanwhile?: boolean } = {}) {
    try {
      if (meanwhile) this.#making = native().beginMonitor(monitorExecutable(), id, execId, this.#home);
      else
        this.#control = traceCall(
          'execveat',
          () => WORDS,
          () => native().spawnMonitor(monitorExecutable(), id, execId, this.#home),
        );
    } finally {
      if (this.#making === undefined) this.#closeHome();
    }
  }

  /**
   * Give it its plan.
   * @param plan as `encodePlan` makes it
   * @param descriptors of the plan's handles, in their order
   * @returns its control socket, the caller's from now on
   * @throws what starting it threw
   */
  handOver(plan: Uint8Array, descriptors: readonly number[]): number {
    const control = this.#started();
    traceCall(
      'sendmsg',
      () => `the plan, ${plan.length} bytes, and ${descriptors.length} descriptors for it, to the monitor`,
      () => native().handOver(control, plan, descriptors),
    );
    this.#control = undefined;
    return control;
  }

  [Symbol.dispose](): void {
    try {
      if (this.#making !== undefined) this.#started();
    } catch {
      // Nobody wanted it any more.
    }
    if (this.#control !== undefined) closeSync(this.#control);
    this.#control = undefined;
  }

  #started(): number {
    const making = this.#making;
    if (making !== undefined) {
      this.#making = undefined;
      try {
        const { control, microseconds } = native().finishMonitor(making);
        traceTimedCall('execveat', WORDS, microseconds);
        this.#control = control;
      } finally {
        this.#closeHome();
      }
    }
    if (this.#control === undefined) throw new Error('a monitor was given a plan that has one, or could not be started');
    return this.#control;
  }

  #closeHome(): void {
    if (this.#home !== undefined) closeSync(this.#home);
  }
}
