/** Small plans, run by the real monitor as root. */
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { monitorExecutable, native, type AttachResult, type MonitorOptions, type StartReport } from '../../src/kernel/native.ts';
import { encodePlan, type PlanBreak } from '../../src/kernel/plan-encoding.ts';
import type { Plan, PlanHandles, PlanOperation } from '../../src/model/plan.ts';

export interface PlanRun {
  plan: Partial<Plan> & { child: readonly PlanOperation[] };
  handles?: PlanHandles;
  monitor?: Partial<MonitorOptions>;
  breakAt?: PlanBreak;
  executable?: string;
  /** Its monitor's word in /proc/PID/cmdline. */
  id?: string;
}

export interface Started {
  control: number;
  report: StartReport;
  directory: string;
}

const made: string[] = [];
process.once('exit', () => {
  for (const directory of made) native().removeTree(directory);
});

/** Start a plan and wait until its program is executed, or an operation failed. */
export function startPlan(run: PlanRun): Started {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-plan-'));
  made.push(directory);
  const control = spawnPlan(run, directory);
  return { control, report: native().awaitStarted(control), directory };
}

/** Start a plan and don't wait. */
export function spawnPlan(run: PlanRun, directory: string): number {
  const plan: Plan = { before: [], clone: { flags: 0 }, ...run.plan };
  const handles = run.handles ?? {};
  const slots = Object.keys(handles);
  const encoded = encodePlan({
    plan,
    handles: slots,
    lock: 'lock' in handles ? 'lock' : undefined,
    breakAt: run.breakAt,
    monitor: {
      startedPath: join(directory, 'started.json'),
      exitPath: join(directory, 'exit.json'),
      terminal: false,
      openStdin: false,
      stdinOnce: false,
      ...run.monitor,
    },
  });
  const executable = run.executable ?? process.env['TSRUN_TEST_MONITOR'] ?? monitorExecutable();
  const control = native().spawnMonitor(executable, run.id ?? 'f'.repeat(64), undefined, undefined);
  native().handOver(
    control,
    encoded,
    slots.map((slot) => handles[slot] ?? -1),
  );
  return control;
}

/** Copy a started plan's output into files until it ends. */
export function finishPlan(t: ExecutionContext, started: Started, stdin = -1): { result: AttachResult; stdout: string; stderr: string } {
  if (started.report.type !== 'started') t.fail(JSON.stringify(started.report));
  const paths = { stdout: join(started.directory, 'stdout'), stderr: join(started.directory, 'stderr') };
  const out = openSync(paths.stdout, 'w');
  const err = openSync(paths.stderr, 'w');
  const options = { terminal: false, detachKeys: new Uint8Array(), signalProxy: false, claimCleanup: false };
  const result = native().attach({ control: started.control, stdin, stdout: out, stderr: err, ...options });
  for (const fd of [out, err, started.control]) closeSync(fd);
  return { result, stdout: readFileSync(paths.stdout, 'utf8'), stderr: readFileSync(paths.stderr, 'utf8') };
}

/** Run a plan to its end. */
export function runPlan(t: ExecutionContext, run: PlanRun): { result: AttachResult; stdout: string; stderr: string; directory: string } {
  const started = startPlan(run);
  return { ...finishPlan(t, started), directory: started.directory };
}

/** The operation that ends a plan: busybox with these arguments. */
export function busybox(...argv: string[]): PlanOperation {
  return { op: 'execute', candidates: ['/bin/busybox'], argv, env: ['PATH=/bin'] };
}

/** The same with a script. */
export const shell = (script: string): PlanOperation => busybox('sh', '-c', script);

export const streams: PlanOperation = { op: 'useStreams', uid: 0, gid: 0 };
