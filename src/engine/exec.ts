/** A further program in a container that runs: it joins the container's namespaces and cgroups, with a monitor of its own. */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { newContainerId } from '../container/names.ts';
import { currentState } from '../container/states.ts';
import { buildExecProcess, type ExecRequest } from '../container/oci-config-exec.ts';
import { readUserFilesIn } from '../filesystem/user-files.ts';
import { cgroupDirectory, detectCgroups, unifiedHierarchy, type CgroupLayout } from '../kernel/cgroup/index.ts';
import { isEnding } from '../kernel/ending.ts';
import { native, type AttachResult, type MonitorOptions } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import { hasErrno, isTsrunError, TsrunError } from '../model/errors.ts';
import type { Plan, PlanHandles } from '../model/plan.ts';
import type { OciConfig } from '../oci-spec/runtime.ts';
import { compileExecPlan } from '../process/compile-exec.ts';
import { execute, executeUnless, type Executed } from '../process/execute.ts';
import { WaitingMonitor } from '../process/waiting-monitor.ts';
import { resolveUser, type FoundUser } from '../process/user.ts';
import { containerCgroup, containerDirectory, sessionKeyring } from '../state/paths.ts';
import { detachedError } from './attach.ts';
import { diagnosed } from './diagnose.ts';
import type { Engine } from './engine.ts';
import { recordExecEnd, recordExecStart, type ExecName } from './exec-events.ts';
import { readBoundingSet } from './host-facts.ts';
import { notRunning } from './on-container.ts';
import { quickCommand } from './own-command.ts';
import { prepareSeccompFilter } from './seccomp.ts';
import { openInit } from './stop.ts';

/** How our own streams take part. */
export interface ExecAttachment {
  attach: readonly ('stdin' | 'stdout' | 'stderr')[];
  /** `-d`: start it and leave. */
  detach: boolean;
  detachKeys: Uint8Array;
}

/** What is executed, with names as typed: the user is looked up in the container. */
export type ExecWish = Omit<ExecRequest, 'user' | 'boundingSet'> & { user: string | undefined };

/**
 * Execute a program in a running container, with our own streams.
 * @returns its exit code (or 128 + signal); 0 when it was left running.
 * @throws TsrunError as `startInContainer`; DETACHED where the user typed the detach keys
 */
export async function execInContainer(engine: Engine, container: Container, wish: ExecWish, streams: ExecAttachment): Promise<number> {
  // Docker's goes on, unseen, when its client is killed; here nothing is left behind (docs/decisions/exec-follows-its-client.md).
  const how = { openStdin: streams.attach.includes('stdin'), followsClient: !streams.detach };
  try {
    const { control, execId } = await startInContainer(engine, container, wish, how);
    const end = attach(control, wish.terminal, streams);
    if (end === undefined) return 0;
    recordExecEnd(engine, { container, execId }, end);
    if (end.type === 'detached') throw detachedError();
    return end.type === 'exited' ? end.status : 137;
  } catch (error) {
    // Nobody waits for a program that was to be left running: Docker's client fails as for any other error.
    throw streams.detach && isTsrunError(error) ? withExitCode(error, 1) : error;
  }
}

/** Of MonitorOptions: whether its stdin is a client's, and whether it is killed when the client that started it goes without detaching. */
type ExecOptions = Pick<MonitorOptions, 'openStdin' | 'followsClient'> & {
  /** Where it is given, this process does other things until the program runs; and gives it up when this says so. */
  isHopeless?: () => boolean;
};

/** An exec that runs. */
export type StartedExec = Executed & Pick<ExecName, 'execId'>;

/**
 * Start a program in a running container, with a monitor of its own.
 * Whoever waits for its end tells it (`recordExecEnd`), and claims that from the monitor when it attaches.
 * @returns when it runs; the caller attaches to `control`, and closes it
 * @throws TsrunError CONFLICT when the container doesn't run (any more) or is paused, in Docker's words; and of the operation that failed.
 */
export async function startInContainer(engine: Engine, container: Container, wish: ExecWish, how: ExecOptions): Promise<StartedExec> {
  const init = openInit(engine, container.id);
  if (init === undefined) throw notRunning(container.id);
  if (currentState(engine.paths, container).status === 'paused') {
    throw new TsrunError('CONFLICT', `Container ${container.name} is paused, unpause the container before exec`, { exitCode: 1 });
  }
  const exec = { container, execId: newContainerId() };
  let isTold = false;
  const tell = (): void => {
    isTold = true;
    recordExecStart(engine, exec, wish.command);
  };
  try {
    return { execId: exec.execId, ...(await startIn(engine, exec, init, wish, how, tell)) };
  } catch (error) {
    // Whatever it was, there is one reason for it where the container ended meanwhile, or is about to.
    if (native().pidfdWait(init.pidfd, 0) || isEnding(init.pid)) throw notRunning(container.id, error);
    // Docker tells of one that never came to its program, too: for a user that isn't there, say.
    if (!isTold) tell();
    throw error;
  } finally {
    closeSync(init.pidfd);
  }
}

async function startIn(
  engine: Engine,
  { container, execId }: ExecName,
  init: { pidfd: number; pid: number },
  wish: ExecWish,
  { isHopeless, ...how }: ExecOptions,
  tell: () => void,
): Promise<Executed> {
  const descriptors: number[] = [];
  try {
    const spec = readConfig(engine, container.id);
    const layout = detectCgroups();
    const user = lookUpUser(container, wish.user, init.pid);
    const boundingSet = readBoundingSet();
    const process_ = buildExecProcess(spec, container.config, { ...wish, user, boundingSet });
    const seccomp = spec.linux?.seccomp === undefined ? undefined : await prepareSeccompFilter(engine, container.config, boundingSet);
    const handles: Record<string, number> = { target: init.pidfd, ...cgroupHandle(layout, container, init.pid, descriptors) };
    const plan = compileExecPlan(spec, process_, {
      pid: init.pid,
      pidfd: 'target',
      keyring: sessionKeyring(container.id),
      ...(handles['cgroup'] === undefined ? {} : { cgroup: 'cgroup' }),
      cgroupJoins: layout.hierarchies
        .filter(({ version }) => version === 1)
        .map((each) => join(cgroupDirectory(each, containerCgroup(container)), 'tasks')),
      seccomp,
      terminalSize: undefined,
    });
    using monitor = new WaitingMonitor(container.id, { execId });
    const options = {
      terminal: process_.terminal === true,
      stdinOnce: true,
      reclaim: quickCommand(engine, '__exec-ended', container.id, execId),
      ...how,
    };
    return await executeIn(init.pid, monitor, plan, handles, options, process_.cwd, tell, isHopeless);
  } finally {
    for (const fd of descriptors) closeSync(fd);
  }
}

async function executeIn(
  pid: number,
  monitor: WaitingMonitor,
  plan: Plan,
  handles: PlanHandles,
  options: MonitorOptions,
  cwd: string,
  meanwhile: () => void,
  isHopeless: ExecOptions['isHopeless'],
): Promise<Executed> {
  try {
    if (isHopeless === undefined) return execute(monitor, plan, handles, options, meanwhile);
    return await executeUnless(monitor, plan, handles, options, meanwhile, isHopeless);
  } catch (error) {
    throw execError(diagnosed(error, plan, { cwd }, (look) => withRootOf(pid, look)));
  }
}

/** Docker's words for a program that an exec could not execute. */
function execError(error: unknown): unknown {
  if (!isTsrunError(error)) return error;
  const message = error.message.replace(
    'failed to create task for container: ',
    'OCI runtime exec failed: exec failed: unable to start container process: ',
  );
  return rephrased(error, message, error.exitCode);
}

function rephrased(error: TsrunError, message: string, exitCode: number | undefined): TsrunError {
  const { code, step, call, path, errno, hint } = error;
  return new TsrunError(code, message, { step, call, path, errno, exitCode, hint, cause: error });
}

const withExitCode = (error: TsrunError, exitCode: number): TsrunError => rephrased(error, error.message, exitCode);

function withRootOf<Result>(pid: number, use: (root: number) => Result): Result {
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(root);
  } finally {
    closeSync(root);
  }
}

/** @returns undefined where it was left running */
function attach(control: number, terminal: boolean, { attach: wanted, detach, detachKeys }: ExecAttachment): AttachResult | undefined {
  try {
    if (detach) return undefined;
    const fd = (name: 'stdin' | 'stdout' | 'stderr', number: number): number => (wanted.includes(name) ? number : -1);
    return native().attach({
      control,
      stdin: fd('stdin', 0),
      stdout: fd('stdout', 1),
      stderr: fd('stderr', 2),
      terminal,
      detachKeys,
      // Docker's exec hands no signals on either.
      signalProxy: false,
      // We tell how it ended, as long as we are there.
      claimCleanup: true,
    });
  } finally {
    closeSync(control);
  }
}

function readConfig(engine: Engine, id: string): OciConfig {
  return JSON.parse(readFileSync(join(containerDirectory(engine.paths, id), 'config.json'), 'utf8')) as OciConfig;
}

/** The user is looked up in what the container's files are now; its root is entered by descriptor, and never left. */
function lookUpUser({ config }: Container, asked: string | undefined, pid: number): FoundUser {
  return withRootOf(pid, (root) => {
    try {
      return resolveUser(asked ?? config.user, config.groupAdd, readUserFilesIn(root));
    } catch (error) {
      throw isTsrunError(error) ? withExitCode(error, 126) : error;
    }
  });
}

/** A program that could not join the container's cgroup would be beside its limits, and outlive it. */
function cgroupHandle(layout: CgroupLayout, container: Container, pid: number, descriptors: number[]): { cgroup?: number } {
  const path = containerCgroup(container);
  const hidden = (cause?: unknown): TsrunError =>
    new TsrunError('UNSUPPORTED', `cannot join the cgroup of container ${container.id}: ${path} is not seen from here`, {
      step: 6,
      path,
      hint: 'run tsrun where the /sys/fs/cgroup is mounted that the container was started with',
      cause,
    });
  if (layout.hierarchies.length === 0 && readKernelFile(`/proc/${pid}/cgroup`).includes(path)) throw hidden();
  const unified = unifiedHierarchy(layout);
  if (unified === undefined) return {};
  try {
    const fd = openSync(cgroupDirectory(unified, path), constants.O_RDONLY | constants.O_DIRECTORY);
    descriptors.push(fd);
    return { cgroup: fd };
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) throw hidden(error);
    throw error;
  }
}
