/** A container as a program asks for it, and the request that the engine gets of it. */
import { isAbsolute } from 'node:path';
import { NOTHING_GIVEN, type MountSpec } from '../model/as-given.ts';
import { defaultConfig } from '../model/container-defaults.ts';
import type { MountRequest, NetworkMode, PortRequest, ResourceLimits, UlimitRequest } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { PullPolicy, RequestedConfig, RequestedPlatform, RunRequest } from '../model/run-request.ts';
import { parseIpv4 } from '../network/ipv4.ts';

/** A port of the container, published on the host. */
export interface PortOptions {
  /** The port in the container. */
  container: number;
  /** The port on the host; any free one where it isn't given: `Box.ports` tells which. */
  host?: number;
  /** The host's address: `127.0.0.1` unless another is given (`0.0.0.0` is any). */
  address?: string;
  /** `tcp` unless another is given. */
  protocol?: 'tcp' | 'udp' | 'sctp';
}

/** What a container sees at a path of its own. */
export type MountOptions =
  /** A directory or file of the host. It must exist. */
  | { type: 'bind'; source: string; target: string; readOnly?: boolean }
  /** A volume by its name; one without a name goes with the container. */
  | { type: 'volume'; name?: string; target: string; readOnly?: boolean }
  /** Memory. `options` as mount(8) takes them: `size=64m,mode=1777`. */
  | { type: 'tmpfs'; target: string; options?: string };

/** A container to be run. Only the image must be given; what isn't comes from the image or from Docker's defaults. */
export interface RunOptions {
  /** A reference (`redis:7`), or an image ID or its beginning. */
  image: string;
  /** The words of the command; the image's own where none are given. */
  command?: readonly string[];
  /** In place of the image's; `[]` is none. */
  entrypoint?: readonly string[];
  /** A random one where none is given. */
  name?: string;
  environment?: Readonly<Record<string, string>>;
  /** `name|uid[:group|gid]`, looked up in the container's files. */
  user?: string;
  workingDirectory?: string;
  hostname?: string;
  labels?: Readonly<Record<string, string>>;
  /** `bridge` where nothing else is said. */
  network?: 'bridge' | 'host' | 'none' | `container:${string}`;
  ports?: readonly PortOptions[];
  mounts?: readonly MountOptions[];
  /** A terminal: stdout carries all output, and `Box.resize` sets its size. */
  terminal?: boolean;
  /** Keep stdin open for `Box.stdin`; without it the program reads an end at once. */
  stdin?: boolean;
  /** Bytes, CPUs, processes. None where nothing is given. */
  limits?: Readonly<ResourceLimits>;
  ulimits?: readonly UlimitRequest[];
  sysctls?: Readonly<Record<string, string>>;
  /** Capabilities beyond Docker's default, and those taken from it: `NET_ADMIN`, `ALL`. */
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  privileged?: boolean;
  readOnlyRoot?: boolean;
  /** Run a small init as PID 1, which reaps orphans and hands signals on. */
  init?: boolean;
  /** Keep the container's record, files and log when it has ended; else it is removed, as `run --rm` does. */
  keep?: boolean;
  /** Whether to ask the registry: `missing` where nothing else is said. */
  pull?: PullPolicy;
  /** Ends the image's pull. */
  abort?: AbortSignal;
  /** Which of an image's platforms; this machine's where none is given. */
  platform?: RequestedPlatform;
}

/** @throws TsrunError INVALID_ARGUMENT for a mount's path that is relative, a port that can't be, a variable without a name */
export function toRunRequest(options: RunOptions): RunRequest {
  return {
    image: options.image,
    name: options.name,
    config: toConfig(options),
    cidfile: undefined,
    pull: options.pull ?? 'missing',
    platform: options.platform,
    quiet: true,
    detach: false,
    detachKeys: new Uint8Array(),
    signalProxy: false,
    explain: false,
    dryRun: false,
    endsWithCaller: true,
    // Never, where none is given: a program's signals are its own.
    abort: options.abort ?? new AbortController().signal,
  };
}

function toConfig(options: RunOptions): RequestedConfig {
  const ports = (options.ports ?? []).map((port) => toPort(port));
  return {
    ...defaultConfig(),
    entrypoint: options.entrypoint === undefined ? undefined : [...options.entrypoint],
    command: [...(options.command ?? [])],
    environment: toVariables(options.environment ?? {}),
    user: options.user,
    workingDirectory: options.workingDirectory,
    hostname: options.hostname,
    labels: { ...options.labels },
    terminal: options.terminal ?? false,
    openStdin: options.stdin ?? false,
    attach: [...(options.stdin === true ? (['stdin'] as const) : []), 'stdout', 'stderr'],
    removeOnExit: options.keep !== true,
    useInit: options.init ?? false,
    network: toNetwork(options.network ?? 'bridge'),
    ports,
    exposedPorts: ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`),
    mounts: (options.mounts ?? []).map((mount) => toMount(mount)),
    readOnlyRoot: options.readOnlyRoot ?? false,
    limits: { ...options.limits },
    ulimits: [...(options.ulimits ?? [])],
    sysctls: { ...options.sysctls },
    capAdd: [...(options.capAdd ?? [])],
    capDrop: [...(options.capDrop ?? [])],
    privileged: options.privileged ?? false,
    asGiven: { ...NOTHING_GIVEN, mounts: (options.mounts ?? []).flatMap((mount) => toSpec(mount)) },
  };
}

function toPort({ container, host = 0, address = '127.0.0.1', protocol = 'tcp' }: PortOptions): PortRequest {
  if (!isPort(container) || container === 0) throw invalid(`invalid port of a container: ${container}`, String(container));
  if (!isPort(host)) throw invalid(`invalid port of the host: ${host}`, String(host));
  if (parseIpv4(address) === undefined) throw invalid(`a port's address must be an IPv4 address: ${address}`, address);
  return { protocol, containerPort: container, hostAddress: address, hostPort: host };
}

const isPort = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= 65_535;

/** `NAME=value` each, as a program's environment has them. */
export function toVariables(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => {
    if (name === '' || name.includes('=')) throw invalid(`invalid name of an environment variable: ${JSON.stringify(name)}`, name);
    return `${name}=${value}`;
  });
}

const invalid = (message: string, path: string): TsrunError => new TsrunError('INVALID_ARGUMENT', message, { path });

function toNetwork(text: string): NetworkMode {
  if (text.startsWith('container:')) return { type: 'container', id: text.slice('container:'.length) };
  return { type: text as 'bridge' | 'host' | 'none' };
}

/** As an inspection tells of it; a tmpfs it knows by itself. */
function toSpec(mount: MountOptions): MountSpec[] {
  if (mount.type === 'tmpfs') return [];
  const { type, target, readOnly = false } = mount;
  return [{ type, source: (mount.type === 'bind' ? mount.source : mount.name) ?? '', target, readOnly }];
}

function toMount(mount: MountOptions): MountRequest {
  const { target } = mount;
  if (!isAbsolute(target)) throw invalid(`a mount's target must be absolute: ${target}`, target);
  switch (mount.type) {
    case 'bind':
      if (!isAbsolute(mount.source)) throw invalid(`a bind mount's source must be absolute: ${mount.source}`, mount.source);
      return {
        type: 'bind',
        source: mount.source,
        target,
        readOnly: mount.readOnly ?? false,
        propagation: undefined,
        createSource: false,
      };
    case 'volume':
      return { type: 'volume', name: mount.name, target, readOnly: mount.readOnly ?? false, copy: true };
    case 'tmpfs':
      return { type: 'tmpfs', target, options: mount.options ?? '' };
  }
}
