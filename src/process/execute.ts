/** Step 6: hand a plan to a monitor, and hear whether the program runs. */
import { closeSync } from 'node:fs';
import { encodePlan, type PlanBreak } from '../kernel/plan-encoding.ts';
import { native, type MonitorOptions } from '../kernel/native.ts';
import { isTracing, traceTimedCall } from '../kernel/trace.ts';
import { TsrunError } from '../model/errors.ts';
import type { Plan, PlanHandles, PlanOperation } from '../model/plan.ts';
import type { StartReport } from '../kernel/native.ts';
import { failureError } from './explain-failure.ts';
import { explainClone, explainOperation } from './explain-plan.ts';
import type { WaitingMonitor } from './waiting-monitor.ts';

/** A program that runs, and the monitor's control socket. */
export interface Executed {
  control: number;
  /** As the host sees it. */
  pid: number;
}

/**
 * Give a monitor its plan, and wait until the program runs.
 * @param meanwhile what else there is to do: the monitor works on another processor, and we would only wait
 * @throws TsrunError of the operation that failed; then nothing of it runs any more.
 */
export function execute(
  monitor: WaitingMonitor,
  plan: Plan,
  handles: PlanHandles,
  options: MonitorOptions,
  meanwhile?: () => void,
): Executed {
  return awaitStarted(plan, handOver(monitor, plan, handles, options), meanwhile);
}

/**
 * The same, for whoever must not wait for it alone: a program whose container is frozen starts when that goes on.
 * @param isHopeless whether to wait no longer; then what was begun is killed
 * @throws TsrunError CONFLICT where it was given up
 */
export async function executeUnless(
  monitor: WaitingMonitor,
  plan: Plan,
  handles: PlanHandles,
  options: MonitorOptions,
  meanwhile: () => void,
  isHopeless: () => boolean,
): Promise<Executed> {
  const control = handOver(monitor, plan, handles, options);
  // A few milliseconds, as a rule.
  for (let wait = 1; !native().isReadable(control); wait = Math.min(wait * 2, 100)) {
    if (isHopeless()) {
      closeSync(control);
      throw new TsrunError('CONFLICT', 'the container was paused before the program started', { step: 6, call: 'execveat' });
    }
    await sleep(wait);
  }
  return awaitStarted(plan, control, meanwhile);
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @returns its control socket */
function handOver(monitor: WaitingMonitor, plan: Plan, handles: PlanHandles, options: MonitorOptions): number {
  const slots = Object.keys(handles);
  const encoded = encodePlan({
    plan,
    handles: slots,
    monitor: options,
    lock: 'lock' in handles ? 'lock' : undefined,
    breakAt: breakPoint(),
  });
  return monitor.handOver(
    encoded,
    slots.map((slot) => handles[slot] ?? -1),
  );
}

function awaitStarted(plan: Plan, control: number, meanwhile: (() => void) | undefined): Executed {
  try {
    meanwhile?.();
    const report = native().awaitStarted(control);
    if (isTracing()) tracePlan(plan, report);
    if (report.type === 'started') return { control, pid: report.pid };
    if (report.type === 'failed') throw failureError(plan, report);
    throw new TsrunError('KERNEL', 'the monitor ended before the container started: it was killed', { step: 6, call: 'execveat' });
  } catch (error) {
    closeSync(control);
    throw error;
  }
}

/** TSRUN_BREAK=plan:child:17 stops the walk before that operation, for whoever wants to look around, or a crash test. */
function breakPoint(): PlanBreak | undefined {
  const match = /^plan:(before|child):(\d+)$/.exec(process.env['TSRUN_BREAK'] ?? '');
  return match === null ? undefined : { list: match[1] as 'before' | 'child', index: Number(match[2]) };
}

/** The operations as they were made, with the time that each took. */
function tracePlan(plan: Plan, report: StartReport): void {
  if (report.type !== 'started') return;
  const { before, clone, child } = report.timings;
  let last = 0;
  const trace = (operations: readonly PlanOperation[], ends: readonly number[]): void => {
    for (const [index, operation] of operations.entries()) {
      const { call, words } = explainOperation(operation);
      const end = ends[index] ?? last;
      traceTimedCall(call, words, end - last);
      last = end;
    }
  };
  last = 0;
  trace(plan.before, before);
  const { call, words } = explainClone(plan.clone);
  traceTimedCall(call, words, clone);
  last = 0;
  trace(plan.child, child);
}
