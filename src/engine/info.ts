/**
 * What an engine has, in the shape of Docker's `info`: the fields that are true of us. What Docker tells of its daemon, of
 * containerd and of runc is left out. Source: Docker Engine API 1.41, SystemInfo.
 */
import { LOG_DRIVERS } from '../model/container.ts';
import { VERSION } from '../model/version.ts';
import { currentContainers } from './current.ts';
import type { Engine } from './engine.ts';
import { backingFilesystem, hostInfo, type HostInfo } from './info-host.ts';

export interface InfoFacts extends HostInfo {
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  Driver: string;
  DriverStatus: [string, string][];
  Plugins: { Volume: string[]; Network: string[]; Authorization: null; Log: readonly string[] };
  Debug: boolean;
  LoggingDriver: string;
  CgroupDriver: string;
  IndexServerAddress: string;
  RegistryConfig: {
    InsecureRegistryCIDRs: string[];
    IndexConfigs: Record<string, { Name: string; Mirrors: string[]; Secure: boolean; Official: boolean }>;
    Mirrors: string[];
  };
  DockerRootDir: string;
  Labels: string[];
  ExperimentalBuild: boolean;
  ServerVersion: string;
  Runtimes: Record<string, { path: string }>;
  DefaultRuntime: string;
  Swarm: { NodeID: string; NodeAddr: string; LocalNodeState: string; ControlAvailable: boolean; Error: string; RemoteManagers: null };
  SecurityOptions: string[];
  Warnings: null;
  ClientInfo: { Debug: boolean; Context: string; Plugins: string[]; Warnings: null };
}

/** Networks whose registries need no known certificate, whatever the options say. */
const LOOPBACK = '127.0.0.0/8';

export function infoFacts(engine: Engine): InfoFacts {
  const states = currentContainers(engine).map(({ state }) => state.status);
  const count = (...wanted: string[]): number => states.filter((status) => wanted.includes(status)).length;
  const images = engine.database().prepare('SELECT count(*) AS count FROM images WHERE hidden = 0').get();
  const { debug } = engine.options;
  return {
    Containers: states.length,
    ContainersRunning: count('running', 'restarting'),
    ContainersPaused: count('paused'),
    ContainersStopped: count('created', 'exited'),
    Images: Number(images?.['count'] ?? 0),
    Driver: 'overlay2',
    DriverStatus: [['Backing Filesystem', backingFilesystem(engine.paths.root)]],
    Plugins: { Volume: ['local'], Network: ['bridge', 'host', 'null'], Authorization: null, Log: LOG_DRIVERS },
    ...hostInfo(),
    Debug: debug,
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(engine),
    DockerRootDir: engine.paths.root,
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: VERSION,
    Runtimes: { tsrun: { path: 'tsrun' } },
    DefaultRuntime: 'tsrun',
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null },
    SecurityOptions: ['name=seccomp,profile=default', 'name=cgroupns'],
    Warnings: null,
    ClientInfo: { Debug: debug, Context: 'default', Plugins: [], Warnings: null },
  };
}

function registryConfig({ options }: Engine): InfoFacts['RegistryConfig'] {
  const mirrors = options.registryMirrors;
  const blocks = options.insecureRegistries.filter((each) => each.includes('/'));
  const hosts = options.insecureRegistries.filter((each) => !each.includes('/'));
  const hub = { Name: 'docker.io', Mirrors: mirrors, Secure: true, Official: true };
  const insecure = hosts.map((Name) => [Name, { Name, Mirrors: [], Secure: false, Official: false }]);
  return {
    InsecureRegistryCIDRs: [LOOPBACK, ...blocks],
    IndexConfigs: { 'docker.io': hub, ...Object.fromEntries(insecure) },
    Mirrors: mirrors,
  };
}
