/** A container in the shape of Docker's `inspect`. Pure. Source: Docker Engine API 1.41, ContainerInspect. */
import { join } from 'node:path';
import { isAlive, wasStarted, type Container, type ContainerConfig, type Health } from '../model/container.ts';
import { containerDirectory, liveContainerDirectory, type EnginePaths } from '../state/paths.ts';
import { inspectHostConfig } from './inspect-host-config.ts';
import { inspectMounts } from './inspect-mounts.ts';
import { inspectNetwork, type NetworkFacts } from './inspect-network.ts';

/** What an inspection needs to know beside the container. */
export interface InspectFacts {
  paths: EnginePaths;
  /** The network it is in; undefined where it has none of ours. */
  network: NetworkFacts | undefined;
  /** Bytes of its own layer, and of that and its image; undefined: nobody asked. */
  sizes?: { own: number; whole: number } | undefined;
  /** Its image's layers on disk, from the top to the bottom; none where the image is gone. */
  lower: readonly string[];
  /** IDs of the execs that run in it. */
  execs: readonly string[];
  /** Whether its log file is there. */
  hasLog: boolean;
  /** The kernel's number of the network namespace that it runs in. */
  networkNamespace: string | undefined;
}

/** Docker's way to say never. */
const NEVER = '0001-01-01T00:00:00Z';

export function inspectContainer(container: Container, facts: InspectFacts): Record<string, unknown> {
  const { id, config, state } = container;
  const [path = '', ...args] = [...config.entrypoint, ...config.command];
  const file = (name: string): string => join(containerDirectory(facts.paths, id), name);
  const live = (name: string): string => join(liveContainerDirectory(facts.paths, id), name);
  const ownFiles = wasStarted(state) ? live : () => '';
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: inspectState(container),
    Image: container.imageId,
    ResolvConfPath: ownFiles('resolv.conf'),
    HostnamePath: ownFiles('hostname'),
    HostsPath: ownFiles('hosts'),
    LogPath: config.logDriver === 'json-file' && facts.hasLog ? file(`${id}-json.log`) : '',
    Name: `/${container.name}`,
    RestartCount: container.restarts.count,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: orNull(facts.execs),
    HostConfig: inspectHostConfig(container.name, config),
    GraphDriver: {
      Data: {
        LowerDir: facts.lower.join(':'),
        // Mounted in the container's own mount namespace, and nowhere else.
        MergedDir: isAlive(state) ? `/proc/${state.pid}/root` : '',
        UpperDir: file('upper'),
        WorkDir: file('work'),
      },
      Name: 'overlay2',
    },
    ...(facts.sizes === undefined ? {} : { SizeRw: facts.sizes.own, SizeRootFs: facts.sizes.whole }),
    Mounts: inspectMounts(container, facts.paths),
    Config: inspectConfig(config),
    NetworkSettings: inspectNetwork(container, facts.network, facts.networkNamespace),
  };
}

function inspectState({ state, health }: Container): Record<string, unknown> {
  const alive = isAlive(state) ? state : undefined;
  const ended = state.status === 'exited' || state.status === 'restarting' ? state : undefined;
  const created = state.status === 'created' ? state : undefined;
  return {
    Status: state.status === 'creating' ? 'created' : state.status,
    // Docker's Running is true while a container waits to be restarted.
    Running: alive !== undefined || state.status === 'restarting',
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: ended?.oomKilled ?? false,
    Dead: false,
    Pid: alive?.pid ?? 0,
    ExitCode: ended?.exitCode ?? created?.exitCode ?? 0,
    Error: ended?.error ?? created?.error ?? '',
    StartedAt: alive?.startedAt ?? ended?.startedAt ?? NEVER,
    FinishedAt: ended?.finishedAt ?? alive?.finishedAt ?? NEVER,
    ...(health === undefined ? {} : { Health: inspectHealth(health) }),
  };
}

function inspectHealth({ status, failingStreak, log }: Health): Record<string, unknown> {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({ Start: start, End: end, ExitCode: exitCode, Output: output })),
  };
}

function inspectConfig(config: ContainerConfig): Record<string, unknown> {
  const attached = (stream: ContainerConfig['attach'][number]): boolean => config.attach.includes(stream);
  const anonymous = config.mounts.filter((mount) => mount.type === 'volume' && mount.name === undefined).map((mount) => mount.target);
  return {
    Hostname: config.hostname,
    Domainname: config.domainname,
    User: config.user,
    AttachStdin: attached('stdin'),
    AttachStdout: attached('stdout'),
    AttachStderr: attached('stderr'),
    ...(config.exposedPorts.length > 0 ? { ExposedPorts: emptyObjects(config.exposedPorts) } : {}),
    Tty: config.terminal,
    OpenStdin: config.openStdin,
    StdinOnce: config.openStdin && attached('stdin'),
    Env: config.environment,
    Cmd: orNull(config.command),
    ...inspectHealthcheck(config),
    Image: config.image,
    Volumes: anonymous.length > 0 ? emptyObjects(anonymous) : null,
    WorkingDir: config.workingDirectory,
    Entrypoint: orNull(config.entrypoint),
    ...(config.macAddress === undefined ? {} : { MacAddress: config.macAddress }),
    OnBuild: null,
    Labels: config.labels,
    // What was said of it; the default is not told.
    ...(config.stopSignal === undefined ? {} : { StopSignal: config.stopSignal }),
    ...(config.stopTimeout === undefined ? {} : { StopTimeout: config.stopTimeout }),
  };
}

/** What is left to a default isn't told. */
function inspectHealthcheck({ healthcheck, asGiven }: ContainerConfig): { Healthcheck?: Record<string, unknown> } {
  if (healthcheck === undefined) return asGiven.noHealthcheck ? { Healthcheck: { Test: ['NONE'] } } : {};
  const { test, interval, timeout, startPeriod, startInterval = 0, retries } = healthcheck;
  const given = { Interval: interval, Timeout: timeout, StartPeriod: startPeriod, StartInterval: startInterval, Retries: retries };
  return { Healthcheck: { Test: test, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== 0)) } };
}

const orNull = <Each>(list: readonly Each[]): readonly Each[] | null => (list.length > 0 ? list : null);

const emptyObjects = (names: readonly string[]): Record<string, object> => Object.fromEntries(names.map((name) => [name, {}]));
