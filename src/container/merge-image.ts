/**
 * A container's config: what was asked for, and for the rest what the image says. Pure. Source of the rules: moby,
 * daemon/commit.go (merge) and daemon/create.go.
 */
import type {
  Container,
  ContainerConfig,
  ContainerLink,
  MountRequest,
  NetworkMode,
  PortRequest,
  ResourceLimits,
} from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import type { Image, ImageRunConfig } from '../model/image.ts';
import type { RequestedConfig, RequestedLink, RunRequest, VolumesFrom } from '../model/run-request.ts';
import { checkConfig, type HostFacts } from './check-config.ts';
import { discardKernelMemory } from './check-resources.ts';
import { parseExposed } from './exposed-ports.ts';
import { mergeHealthcheck } from './merge-healthcheck.ts';
import { shortId } from '../model/short-id.ts';
import { mountsFrom } from './volumes-from.ts';

/** What a merge needs to know beside the request and the image. */
export interface MergeContext {
  /** The new container's ID. */
  id: string;
  host: HostFacts;
  /** The container that `container:TEXT` and the like mean. @throws TsrunError NOT_FOUND */
  findContainer(text: string): Pick<Container, 'id' | 'name' | 'config'>;
}

export interface MergedConfig {
  config: ContainerConfig;
  /** What Docker would warn of, a sentence each. */
  warnings: string[];
}

/**
 * Merge a request with its image.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words (`No command specified`, limits that can't be, conflicts); NOT_FOUND for another container
 */
export function mergeImage(request: RunRequest, image: Pick<Image, 'id' | 'config'>, context: MergeContext): MergedConfig {
  const { volumesFrom, links, ...asked } = request.config;
  const defaults = image.config.config ?? {};
  const warnings: string[] = [];
  const { network, hostname } = mergeNetwork(asked, context);
  const exposedPorts = [...new Set([...asked.exposedPorts, ...Object.keys(defaults.ExposedPorts ?? {}).map(withProtocol)])];
  const config: ContainerConfig = {
    ...asked,
    ...mergeCommand(asked, defaults),
    image: request.image,
    imageId: image.id,
    environment: mergeEnvironment(asked.environment, defaults.Env ?? []),
    user: asked.user ?? defaults.User ?? '',
    workingDirectory: asked.workingDirectory ?? absolute(defaults.WorkingDir ?? ''),
    labels: { ...defaults.Labels, ...asked.labels },
    stopSignal: asked.stopSignal || defaults.StopSignal || undefined,
    network,
    hostname,
    exposedPorts,
    ports: mergePorts(asked, exposedPorts, warnings),
    links: links.map((each) => mergeLink(each, context)),
    mounts: mergeMounts([...fromOthers(volumesFrom, asked.mounts, context), ...asked.mounts], Object.keys(defaults.Volumes ?? {})),
    limits: mergeLimits(asked.limits, warnings),
    healthcheck: mergeHealthcheck(asked.healthcheck, defaults),
    ipc: mergeReference(asked.ipc, context),
    pid: mergeReference(asked.pid, context),
  };
  checkConfig(request, config, context.host, warnings);
  return { config, warnings };
}

/** Swap is as much again as memory, where nothing is said. */
function mergeLimits({ kernelMemory, ...limits }: ResourceLimits, warnings: string[]): ResourceLimits {
  if (kernelMemory !== undefined) discardKernelMemory(kernelMemory, warnings);
  return limits.memory !== undefined && limits.memorySwap === undefined ? { ...limits, memorySwap: limits.memory * 2 } : limits;
}

/** An entrypoint that was given drops the image's command; a command that was given keeps the image's entrypoint. */
function mergeCommand(
  asked: Pick<RequestedConfig, 'entrypoint' | 'command'>,
  defaults: ImageRunConfig,
): Pick<ContainerConfig, 'entrypoint' | 'command'> {
  const entrypoint = asked.entrypoint ?? defaults.Entrypoint ?? [];
  const command = asked.command.length > 0 || asked.entrypoint !== undefined ? asked.command : (defaults.Cmd ?? []);
  if (entrypoint.length === 0 && command.length === 0) {
    throw new TsrunError('INVALID_ARGUMENT', 'No command specified', { hint: 'name a command after the image: it has none of its own' });
  }
  return { entrypoint: [...entrypoint], command: [...command] };
}

/** The user's variables, then those of the image that the user doesn't name; a bare NAME takes one away when the program starts. The last of one name wins. */
function mergeEnvironment(asked: readonly string[], defaults: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const text of asked) merged.set(variableName(text), text);
  for (const text of defaults) if (!merged.has(variableName(text))) merged.set(variableName(text), text);
  return [...merged.values()];
}

const variableName = (text: string): string => text.split('=', 1)[0] ?? '';

/** An image's working directory is from the root, whatever it says; none stays none. */
const absolute = (path: string): string => (path === '' || path.startsWith('/') ? path : `/${path}`);

const withProtocol = (port: string): string => (port.includes('/') ? port : `${port}/tcp`);

/** The host's network has the host's name, another container's has that one's; else the name is the short ID. */
function mergeNetwork(
  asked: Pick<RequestedConfig, 'network' | 'hostname' | 'uts'>,
  context: MergeContext,
): { network: NetworkMode; hostname: string } {
  if (asked.network.type === 'container') {
    const other = context.findContainer(asked.network.id);
    return { network: { type: 'container', id: other.id }, hostname: asked.hostname ?? other.config.hostname };
  }
  const ofHost = asked.network.type === 'host' || asked.uts === 'host';
  return { network: asked.network, hostname: asked.hostname ?? (ofHost ? context.host.hostname() : shortId(context.id)) };
}

function mergeReference<Mode extends string>(mode: Mode, context: MergeContext): Mode {
  if (!mode.startsWith('container:')) return mode;
  return `container:${context.findContainer(mode.slice('container:'.length)).id}` as Mode;
}

/** The ports to publish; with -P also every exposed one that isn't, at any free host port. */
function mergePorts(
  asked: Pick<RequestedConfig, 'network' | 'ports' | 'publishAll'>,
  exposed: readonly string[],
  warnings: string[],
): PortRequest[] {
  if (asked.network.type === 'host') {
    if (asked.ports.length > 0) warnings.push('Published ports are discarded when using host network mode');
    return [];
  }
  if (asked.network.type === 'none') return [];
  if (!asked.publishAll) return asked.ports;
  const bound = new Set(asked.ports.map((port) => `${port.containerPort}/${port.protocol}`));
  return [...asked.ports, ...exposed.filter((text) => !bound.has(text)).flatMap((text) => anyPort(text))];
}

/** `80/tcp` or `80-90/tcp` at free host ports, where the protocol is one that can be published. */
function anyPort(text: string): PortRequest[] {
  return parseExposed(text).flatMap(({ number, protocol }) =>
    isPublishable(protocol) ? [{ protocol, containerPort: number, hostAddress: '0.0.0.0', hostPort: 0 }] : [],
  );
}

const isPublishable = (protocol: string): protocol is PortRequest['protocol'] => ['tcp', 'udp', 'sctp'].includes(protocol);

/** The mounts of other containers, where nothing else is asked for; of several at one place the last one's. */
function fromOthers(volumesFrom: readonly VolumesFrom[], asked: readonly MountRequest[], context: MergeContext): MountRequest[] {
  const taken = new Set(asked.map((mount) => mount.target));
  const byTarget = new Map<string, MountRequest>();
  for (const { target, readOnly } of volumesFrom) {
    for (const mount of mountsFrom(context.findContainer(target), readOnly))
      if (!taken.has(mount.target)) byTarget.set(mount.target, mount);
  }
  return [...byTarget.values()];
}

function mergeLink({ target, alias }: RequestedLink, context: MergeContext): ContainerLink {
  const words = `could not get container for ${target}: `;
  if (target === '') throw new TsrunError('INVALID_ARGUMENT', `${words}invalid name or ID supplied: ""`);
  try {
    const { id, name, config } = context.findContainer(target);
    if (config.network.type !== 'host') return { id, name, alias };
  } catch (error) {
    if (!isTsrunError(error, 'NOT_FOUND')) throw error;
    throw new TsrunError('NOT_FOUND', words + error.message, { path: target, cause: error });
  }
  throw new TsrunError(
    'INVALID_ARGUMENT',
    "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    { path: target },
  );
}

/** The image's volumes are anonymous ones, except where something else is asked for. */
function mergeMounts(asked: readonly MountRequest[], volumes: readonly string[]): MountRequest[] {
  const taken = new Set(asked.map((mount) => mount.target));
  const added = volumes
    .map((target) => target.replace(/(.)\/+$/, '$1'))
    .filter((target) => target.startsWith('/') && target !== '/' && !taken.has(target));
  return [...asked, ...added.map((target): MountRequest => ({ type: 'volume', name: undefined, target, readOnly: false, copy: true }))];
}
