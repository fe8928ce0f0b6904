/** A container in the shape of Docker's `inspect`. Pure. Source: Docker Engine API 1.41, ContainerInspect. */
import { join } from 'node:path';
import type { Container, ContainerConfig, ContainerState } from '../model/container.ts';
import { containerDirectory, type EnginePaths } from '../state/paths.ts';
import { inspectHostConfig } from './inspect-host-config.ts';
import { inspectMounts } from './inspect-mounts.ts';
import { inspectNetwork, type NetworkFacts } from './inspect-network.ts';

/** What an inspection needs to know beside the container. */
export interface InspectFacts {
  paths: EnginePaths;
  /** The network it is in; undefined where it has none of ours. */
  network: NetworkFacts | undefined;
}

/** Docker's way to say never. */
const NEVER = '0001-01-01T00:00:00Z';

export function inspectContainer(container: Container, facts: InspectFacts): Record<string, unknown> {
  const { id, config, state } = container;
  const [path = '', ...args] = [...config.entrypoint, ...config.command];
  const file = (name: string): string => join(containerDirectory(facts.paths, id), name);
  const ownFiles = state.status === 'created' || state.status === 'creating' ? () => '' : file;
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: inspectState(state),
    Image: container.imageId,
    ResolvConfPath: ownFiles('resolv.conf'),
    HostnamePath: ownFiles('hostname'),
    HostsPath: ownFiles('hosts'),
    LogPath: config.logDriver === 'json-file' ? file(`${id}-json.log`) : '',
    Name: `/${container.name}`,
    RestartCount: 0,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: inspectHostConfig(config),
    GraphDriver: { Data: { UpperDir: file('upper'), WorkDir: file('work') }, Name: 'overlay2' },
    Mounts: inspectMounts(id, config.mounts, facts.paths),
    Config: inspectConfig(config),
    NetworkSettings: inspectNetwork(container, facts.network),
  };
}

function inspectState(state: ContainerState): Record<string, unknown> {
  const running = state.status === 'running';
  const exited = state.status === 'exited' ? state : undefined;
  const created = state.status === 'created' ? state : undefined;
  return {
    Status: state.status === 'creating' ? 'created' : state.status,
    Running: running,
    Paused: false,
    Restarting: false,
    OOMKilled: exited?.oomKilled ?? false,
    Dead: false,
    Pid: running ? state.pid : 0,
    ExitCode: exited?.exitCode ?? created?.exitCode ?? 0,
    Error: exited?.error ?? created?.error ?? '',
    StartedAt: running ? state.startedAt : (exited?.startedAt ?? NEVER),
    FinishedAt: exited?.finishedAt ?? NEVER,
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
    Image: config.image,
    Volumes: anonymous.length > 0 ? emptyObjects(anonymous) : null,
    WorkingDir: config.workingDirectory,
    Entrypoint: orNull(config.entrypoint),
    ...(config.macAddress === undefined ? {} : { MacAddress: config.macAddress }),
    OnBuild: null,
    Labels: config.labels,
    StopSignal: config.stopSignal,
    StopTimeout: config.stopTimeout,
  };
}

const orNull = <Each>(list: readonly Each[]): readonly Each[] | null => (list.length > 0 ? list : null);

const emptyObjects = (names: readonly string[]): Record<string, object> => Object.fromEntries(names.map((name) => [name, {}]));
