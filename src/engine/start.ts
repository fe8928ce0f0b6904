/**
 * Steps 4 to 6 for a container that the caller owns: network, address, and the program. Everything that is taken here
 * is given back by `giveBack` (engine/reclaim.ts) where it fails, or when the container ends.
 */
import { closeSync, constants, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeState } from '../container/change-state.ts';
import { exitRecordPath, readStartedRecord, startedRecordPath } from '../container/states.ts';
import { withRoot } from '../filesystem/read-root.ts';
import { createCgroup, detectCgroups, type CreatedCgroup } from '../kernel/cgroup/index.ts';
import type { MonitorOptions } from '../kernel/native.ts';
import { traceCall } from '../kernel/trace.ts';
import type { Container } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import type { Plan, PlanHandles } from '../model/plan.ts';
import type { RunListener } from '../model/run-request.ts';
import { leaveNetwork, type NetworkAttachment } from '../network/index.ts';
import type { OciConfig } from '../oci-spec/runtime.ts';
import { stringifyOciConfig } from '../oci-spec/stringify.ts';
import { execute, type Executed } from '../process/execute.ts';
import type { WaitingMonitor } from '../process/waiting-monitor.ts';
import { containerCgroup, containerDirectory, monitorSocket, type EnginePaths } from '../state/paths.ts';
import { retryWithReserve } from '../state/reserve.ts';
import { recordCgroupParents } from './cgroup-parents.ts';
import { describeContainer } from './compile.ts';
import { diagnosed } from './diagnose.ts';
import { announceDuty, ensureSupervisor } from './duties.ts';
import type { EarlyStart } from './early-start.ts';
import type { Engine } from './engine.ts';
import { closeJoined, findJoined } from './joined.ts';
import { logSettings } from './log-options.ts';
import type { NetworkFiles } from './network-files.ts';
import { quickCommand } from './own-command.ts';
import type { ContainerFilesystem } from './prepare-filesystem.ts';
import { sessionEvents, type SessionEvents } from './session-events.ts';

/** What the steps before made. */
export interface Prepared {
  lock: number;
  filesystem: ContainerFilesystem;
  network: NetworkAttachment;
  files: NetworkFiles;
  early: EarlyStart;
  /** Who starts it: a user, where nothing is said. */
  by?: 'user' | 'policy';
  /** Whether somebody attached to it for this start. */
  attached?: boolean;
  /** The kernel ends the container when its first client goes without detaching. */
  endsWithCaller?: boolean;
}

/** A container whose program runs. */
export interface Running {
  /** Our end of the monitor's control socket; the caller closes it. */
  control: number;
  pid: number;
  session: SessionEvents;
}

/**
 * Step 6: execute the program. The network namespace is the container's alone from then on: our descriptor of it is closed, also where this
 * fails, for it would keep the namespace and its interface.
 * @throws TsrunError with the operation of the plan that failed, and exit code 125, 126 or 127 as Docker's.
 */
export async function startProgram(engine: Engine, container: Container, prepared: Prepared, listener: RunListener): Promise<Running> {
  try {
    return await executeProgram(engine, container, prepared, listener);
  } finally {
    leaveNetwork(prepared.network);
  }
}

async function executeProgram(engine: Engine, container: Container, prepared: Prepared, listener: RunListener): Promise<Running> {
  const { paths } = engine;
  const { id, config } = container;
  const descriptors: number[] = [];
  const joined = findJoined(engine, config);
  try {
    const layout = detectCgroups();
    const { filesystem, files } = prepared;
    const described = await describeContainer(engine, { container, filesystem, files, joined, layout });
    writeConfig(paths, id, described.spec);
    recordCgroupParents(engine.database(), layout, container);
    const cgroup = createCgroup(layout, containerCgroup(container), described.spec.linux?.resources ?? {}, prepared.early.cgroup.made);
    for (const warning of cgroup.warnings) listener.warning?.(warning);
    const handles = { ...joined.handles, ...openHandles(prepared, cgroup, descriptors) };
    const plan = described.plan({ cgroupJoins: cgroup.joins, slots: Object.keys(handles) });
    forgetLastExit(paths, id);
    announceDuty(paths, container);
    const options = { ...monitorOptions(engine, container, cgroup), followsClient: prepared.endsWithCaller === true };
    const executed = executePlan(prepared.early.monitor, plan, handles, options, config.workingDirectory || '/', filesystem);
    // Its program may have filled the disk already: that is no failure of the start.
    retryWithReserve(paths, () => recordRunning(engine, container, prepared, executed.pid));
    if (config.healthcheck !== undefined) {
      announceDuty(paths, container);
      ensureSupervisor(engine);
    }
    return { ...executed, session: sessionEvents(engine, container) };
  } finally {
    for (const fd of descriptors) closeSync(fd);
    closeJoined(joined);
  }
}

function executePlan(
  monitor: WaitingMonitor,
  plan: Plan,
  handles: PlanHandles,
  options: MonitorOptions,
  cwd: string,
  { overlay, mounts }: ContainerFilesystem,
): Executed {
  try {
    return execute(monitor, plan, handles, options);
  } catch (error) {
    const bound = mounts.filter((mount) => mount.type === 'bind');
    throw diagnosed(error, plan, { cwd, bound }, (look) =>
      withRoot({ directory: overlay.directory, lower: [overlay.upper, ...overlay.lower] }, look),
    );
  }
}

function writeConfig(paths: EnginePaths, id: string, spec: OciConfig): void {
  const path = join(containerDirectory(paths, id), 'config.json');
  traceCall(
    'write',
    () => path,
    () => {
      // The old file or the new one, whole: `exec` and `cp` of others may be reading it.
      writeFileSync(`${path}.tmp`, stringifyOciConfig(spec), { mode: 0o640 });
      renameSync(`${path}.tmp`, path);
    },
  );
}

function openHandles({ lock, network }: Prepared, cgroup: CreatedCgroup, descriptors: number[]): PlanHandles {
  const handles: Record<string, number> = { lock };
  if (network.namespace !== undefined) handles['network'] = network.namespace;
  if (cgroup.unified !== undefined) {
    const fd = openSync(cgroup.unified, constants.O_RDONLY | constants.O_DIRECTORY);
    descriptors.push(fd);
    handles['cgroup'] = fd;
  }
  return handles;
}

/** How the last life ended is in the row; the file is the next one's. */
function forgetLastExit(paths: EnginePaths, id: string): void {
  try {
    unlinkSync(exitRecordPath(paths, id));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

function monitorOptions(engine: Engine, container: Container, cgroup: CreatedCgroup): MonitorOptions {
  const { paths } = engine;
  const { id, config } = container;
  return {
    ...logSettings(engine, container),
    startedPath: startedRecordPath(paths, id),
    exitPath: exitRecordPath(paths, id),
    socketPath: monitorSocket(paths, id),
    terminal: config.terminal,
    openStdin: config.openStdin,
    stdinOnce: config.attach.includes('stdin'),
    ...(cgroup.oomPath === undefined ? {} : { oomPath: cgroup.oomPath }),
    reclaim: quickCommand(engine, '__reclaim', id),
  };
}

function recordRunning(engine: Engine, container: Container, { network, by = 'user', attached = false }: Prepared, pid: number): void {
  const startedAt = readStartedRecord(engine.paths, container.id)?.startedAt ?? new Date().toISOString();
  changeState(engine.database(), container.id, {
    type: 'started',
    by,
    attached,
    facts: {
      pid,
      startedAt,
      ...(network.address === undefined ? {} : { address: network.address }),
      ...(network.macAddress === undefined ? {} : { macAddress: network.macAddress }),
      ports: [...network.ports],
    },
  });
}
