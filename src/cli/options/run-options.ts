/** The words of `run` and `create` as a request to the engine. Looks at files that flags name, and at nothing else. */
import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { checkMount, checkTargets, parseTmpfs, parseVolume } from '../../container/mount-requests.ts';
import { parseVolumesFrom } from '../../container/volumes-from.ts';
import type { AsGiven } from '../../model/as-given.ts';
import { DEFAULT_SHM_SIZE } from '../../model/container-defaults.ts';
import type { ContainerConfig, MountRequest } from '../../model/container.ts';
import { TsrunError } from '../../model/errors.ts';
import type { RequestedConfig, RunRequest } from '../../model/run-request.ts';
import { parseSize } from '../../model/size.ts';
import { cut } from '../../model/cut.ts';
import type { FlagValues } from '../flags.ts';
import { UsageError } from '../usage-error.ts';
import { checkAddress, checkDnsSearch, checkExtraHost, parseMacAddress } from './addresses.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { parseDevice } from './devices.ts';
import { readEnvironment, readLabels } from './key-values.ts';
import { readHealthcheck } from './health.ts';
import { readLimits } from './limits.ts';
import { parseLink } from './links.ts';
import { parseLogging } from './logging.ts';
import { parseMount } from './mount-flag.ts';
import { parseUserns, parseCgroupns, parseIpc, parseNetwork, parsePid, parsePlatform, parsePull, parseUts } from './namespaces.ts';
import { parseExpose, parsePublish } from './ports.ts';
import { refuseOnBuiltInNetwork, refuseUnavailable } from './refused.ts';
import { parseRestart } from './restart.ts';
import { parseSecurityOptions, type SecurityOptions } from './security.ts';
import { checkAttach, parseUlimit } from './values.ts';

/**
 * A request from parsed flags and words (the image, then the command).
 * @param command `run` or `create`, for hints
 * @throws TsrunError INVALID_ARGUMENT, with Docker's exit code
 */
export function parseRunRequest(command: string, flags: FlagValues, words: readonly string[], environment: NodeJS.ProcessEnv): RunRequest {
  try {
    return readRequest(flags, words, environment);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const refused = error instanceof TsrunError ? error : undefined;
    throw new TsrunError('INVALID_ARGUMENT', (error as Error).message, {
      path: refused?.path,
      hint: refused?.hint ?? `See 'tsrun ${command} --help'.`,
      // What Docker's client can't read is 125 for both; what its daemon refuses is 125 for `run`, and 1 for `create`.
      exitCode: refused?.exitCode ?? (refused !== undefined && command === 'create' ? 1 : 125),
      cause: error,
    });
  }
}

function readRequest(flags: FlagValues, words: readonly string[], environment: NodeJS.ProcessEnv): RunRequest {
  const [image = '', ...command] = words;
  const detach = flags.flag('detach');
  checkCidfile(flags.word('cidfile'));
  if (detach && flags.has('attach')) throw new UsageError('run', 'Conflicting options: -a and -d', 1);
  return {
    image,
    name: flags.word('name'),
    config: readConfig(flags, command, detach, environment),
    cidfile: flags.word('cidfile'),
    pull: parsePull(flags.text('pull')),
    platform: parsePlatform(flags.text('platform')),
    quiet: flags.flag('quiet'),
    detach,
    detachKeys: parseDetachKeys(flags.text('detach-keys') ?? ''),
    signalProxy: flags.flag('sig-proxy', true),
    explain: flags.flag('explain'),
    dryRun: flags.flag('dry-run'),
  };
}

function checkCidfile(path: string | undefined): void {
  if (path === undefined || !existsSync(path)) return;
  throw new TsrunError('INVALID_ARGUMENT', `container ID file found, make sure the other container isn't running or delete ${path}`, {
    path,
    hint: 'the file exists already: delete it, or name another with --cidfile',
  });
}

function readConfig(flags: FlagValues, command: string[], detach: boolean, environment: NodeJS.ProcessEnv): RequestedConfig {
  const ports = flags.list('publish').flatMap((text) => parsePublish(text));
  const exposed = flags.list('expose').flatMap((text) => parseExpose(text));
  const logging = parseLogging(flags);
  const mac = flags.word('mac-address');
  const restartPolicy = parseRestart(flags.text('restart'));
  if (flags.flag('rm') && restartPolicy.name !== 'no') throw new Error('Conflicting options: --restart and --rm');
  refuseUnavailable(flags);
  const network = parseNetwork(flags);
  refuseOnBuiltInNetwork(flags);
  const { given: securityOptions, ...security } = parseSecurityOptions(flags.list('security-opt'));
  const entrypoint = flags.text('entrypoint');
  return {
    entrypoint: entrypoint === undefined ? undefined : entrypoint === '' ? [] : [entrypoint],
    command,
    environment: unreadable(() => readEnvironment(flags.list('env-file'), flags.list('env'), environment)),
    user: flags.word('user'),
    workingDirectory: flags.word('workdir'),
    hostname: flags.word('hostname'),
    domainname: flags.text('domainname') ?? '',
    labels: unreadable(() => readLabels(flags.list('label-file'), flags.list('label'))),
    terminal: flags.flag('tty'),
    openStdin: flags.flag('interactive'),
    attach: readAttach(flags, detach),
    stopSignal: flags.word('stop-signal'),
    stopTimeout: flags.integer('stop-timeout'),
    removeOnExit: flags.flag('rm'),
    useInit: flags.flag('init'),
    network,
    links: flags.list('link').map((text) => parseLink(text)),
    ports,
    publishAll: flags.flag('publish-all'),
    exposedPorts: [...new Set([...ports.map((port) => `${port.containerPort}/${port.protocol}`), ...exposed])],
    extraHosts: flags.list('add-host').map((text) => checkExtraHost(text)),
    dns: flags.list('dns').map((text) => checkAddress(text)),
    dnsSearch: flags.list('dns-search').map((text) => checkDnsSearch(text)),
    dnsOptions: flags.list('dns-option'),
    macAddress: mac === undefined ? undefined : parseMacAddress(mac),
    mounts: readMounts(flags),
    volumesFrom: flags.list('volumes-from').map((text) => parseVolumesFrom(text)),
    readOnlyRoot: flags.flag('read-only'),
    shmSize: parseSize(flags.word('shm-size') ?? '0') || DEFAULT_SHM_SIZE,
    limits: readLimits(flags),
    cgroupParent: readCgroupParent(flags.word('cgroup-parent')),
    ulimits: readUlimits(flags),
    sysctls: Object.fromEntries(flags.list('sysctl').map((text) => splitPair(text))),
    devices: flags.list('device').flatMap((text) => parseDevice(text)),
    deviceCgroupRules: flags.list('device-cgroup-rule'),
    capAdd: flags.list('cap-add'),
    capDrop: flags.list('cap-drop'),
    privileged: flags.flag('privileged'),
    ...security,
    ipc: parseIpc(flags.text('ipc')),
    pid: parsePid(flags.text('pid')),
    uts: parseUts(flags.text('uts')),
    cgroupns: parseCgroupns(flags.text('cgroupns')),
    groupAdd: flags.list('group-add'),
    annotations: Object.fromEntries(flags.list('annotation').map((text) => splitPair(text))),
    logDriver: logging.driver,
    logOptions: logging.options,
    restartPolicy,
    healthcheck: readHealthcheck(flags),
    asGiven: readAsGiven(flags, securityOptions),
  };
}

/** A file that Docker's client reads: what is wrong with it is as a flag that can't be read. */
function unreadable<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new Error((error as Error).message, { cause: error });
  }
}

function readAsGiven(flags: FlagValues, securityOptions: SecurityOptions['given']): AsGiven {
  return {
    cidfile: flags.text('cidfile') ?? '',
    cgroupParent: flags.text('cgroup-parent') ?? '',
    isolation: flags.text('isolation') ?? '',
    volumeDriver: flags.text('volume-driver') ?? '',
    usernsMode: parseUserns(flags.text('userns')),
    volumesFrom: flags.list('volumes-from'),
    binds: [...new Set(flags.list('volume'))].filter((text) => text.includes(':')).map((text) => absoluteSource(text)),
    mounts: flags.list('mount').map((text) => parseMount(text)),
    securityOptions,
    noHealthcheck: flags.flag('no-healthcheck'),
  };
}

/** From the root of the tree, as Docker takes it too, whether it begins with a slash or not. */
function readCgroupParent(text: string | undefined): string {
  return text === undefined ? '' : posix.resolve('/', text).replace(/^\/$/, '');
}

/** A name alone has an empty value. */
function splitPair(text: string): [string, string] {
  const [name, value = ''] = cut(text, '=');
  return [name, value];
}

/** A detached run attaches nothing; -i attaches stdin; without -a, stdout and stderr. */
function readAttach(flags: FlagValues, detach: boolean): ContainerConfig['attach'] {
  if (detach) return [];
  const given = new Set(flags.list('attach').map((text) => checkAttach(text)));
  if (given.size === 0) given.add('stdout').add('stderr');
  if (flags.flag('interactive')) given.add('stdin');
  return (['stdin', 'stdout', 'stderr'] as const).filter((stream) => given.has(stream));
}

/**
 * Two may not meet in one place, with Docker's exceptions: a --tmpfs goes before a --mount, `-v /data` behind everything, and what is
 * said twice in the same words counts once.
 */
function readMounts(flags: FlagValues): MountRequest[] {
  const volumes = [...new Set(flags.list('volume'))].map((text) => parseVolume(absoluteSource(text)));
  const isAnonymous = (mount: MountRequest): boolean => mount.type === 'volume' && mount.name === undefined;
  const named = volumes.filter((mount) => !isAnonymous(mount));
  const mounts = flags.list('mount').map((text) => checkMount(parseMount(text)));
  checkTargets([...named, ...mounts]);
  const tmpfs = flags.list('tmpfs').map((text) => parseTmpfs(text));
  checkTargets([...named, ...atEachPlace(tmpfs)]);
  return atEachPlace([...volumes.filter((mount) => isAnonymous(mount)), ...named, ...mounts, ...tmpfs]);
}

/** The last one at each place. */
const atEachPlace = (mounts: readonly MountRequest[]): MountRequest[] => [
  ...new Map(mounts.map((mount) => [mount.target, mount])).values(),
];

/** `-v ./data:/data` is relative to where the user stands. */
function absoluteSource(text: string): string {
  const source = text.split(':', 1)[0] ?? '';
  return /^\.{1,2}(\/|$)/.test(source) && text.includes(':') ? resolve(source) + text.slice(source.length) : text;
}

/** The last of each name. */
function readUlimits(flags: FlagValues): ContainerConfig['ulimits'] {
  return [
    ...new Map(
      flags
        .list('ulimit')
        .map((text) => parseUlimit(text))
        .map((limit) => [limit.name, limit]),
    ).values(),
  ];
}
