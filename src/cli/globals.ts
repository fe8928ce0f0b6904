/** The flags before the command, and the environment's TSRUN_…; flags win. */
import { resolve } from 'node:path';
import { checkDeviceName } from '../model/device-name.ts';
import type { EngineOptions } from '../model/run-request.ts';
import { parseSize } from '../model/size.ts';
import { DEFAULT_BRIDGE, DEFAULT_ROOT, DEFAULT_STATE } from '../state/paths.ts';
import { parseBoolean, parseFlags, type Flag, type ParsedArguments } from './flags.ts';

export const globalFlags: readonly Flag[] = [
  {
    name: 'bridge',
    value: 'string',
    help: `Name of the bridge device (default "${DEFAULT_BRIDGE}"; TSRUN_BRIDGE)`,
    check: checkDeviceName,
  },
  { name: 'config', value: 'string', help: 'Folder with credentials for registries (default "~/.docker"; DOCKER_CONFIG)' },
  { name: 'debug', short: 'D', help: 'Show where errors come from (TSRUN_DEBUG)' },
  { name: 'insecure-registry', value: 'list', help: 'Registry to speak to without TLS or a known certificate (TSRUN_INSECURE_REGISTRY)' },
  { name: 'log-format', value: 'string', help: 'Format of errors and warnings ("text"|"json") (TSRUN_LOG_FORMAT)', check: checkLogFormat },
  {
    name: 'max-layer-entries',
    value: 'int',
    help: 'Most files and directories in one layer (default 5000000; TSRUN_MAX_LAYER_ENTRIES)',
    check: checkEntries,
  },
  {
    name: 'max-layer-size',
    value: 'bytes',
    help: 'Most bytes that one layer may unpack to (default 64g; TSRUN_MAX_LAYER_SIZE)',
    check: parseSize,
  },
  { name: 'registry-mirror', value: 'list', help: 'Mirror of docker.io to ask first (TSRUN_REGISTRY_MIRROR)' },
  { name: 'root', value: 'string', help: `Where images and containers are kept (default "${DEFAULT_ROOT}"; TSRUN_ROOT)` },
  { name: 'state', value: 'string', help: `Where running containers are kept track of (default "${DEFAULT_STATE}"; TSRUN_STATE)` },
  { name: 'version', short: 'v', help: 'Print version information and quit' },
];

function checkLogFormat(text: string): 'json' | 'text' {
  if (text !== 'json' && text !== 'text') throw new Error('must be "text" or "json"');
  return text;
}

function checkEntries(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error('must be a number');
  return Number(text);
}

function checked<Value>(variable: string, text: string, check: (text: string) => Value): Value {
  try {
    return check(text);
  } catch (error) {
    throw new Error(`invalid ${variable}=${text}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws UsageError */
export function parseGlobals(argv: readonly string[]): ParsedArguments {
  return parseFlags(globalFlags, argv, { command: '', interspersed: false });
}

/** `--config` is the environment's DOCKER_CONFIG for whoever reads credentials, credential helpers too. */
export function useConfigFolder({ flags }: ParsedArguments, environment: NodeJS.ProcessEnv): void {
  const folder = flags.word('config');
  if (folder !== undefined && folder !== '') environment['DOCKER_CONFIG'] = resolve(folder);
}

/** @throws Error for a value of the environment that can't be */
export function engineOptions({ flags }: ParsedArguments, environment: NodeJS.ProcessEnv): EngineOptions {
  const text = (flag: string, variable: string): string | undefined => flags.word(flag) ?? (environment[variable] || undefined);
  const list = (flag: string, variable: string): string[] =>
    flags.has(flag) ? flags.list(flag) : (environment[variable] ?? '').split(',').filter(Boolean);
  // Flags were checked when they were read: what is wrong here is the environment's.
  const bridge = checked('TSRUN_BRIDGE', text('bridge', 'TSRUN_BRIDGE') ?? DEFAULT_BRIDGE, checkDeviceName);
  const maxLayerSize = text('max-layer-size', 'TSRUN_MAX_LAYER_SIZE');
  const maxLayerEntries = text('max-layer-entries', 'TSRUN_MAX_LAYER_ENTRIES');
  return {
    root: resolve(text('root', 'TSRUN_ROOT') ?? DEFAULT_ROOT),
    state: resolve(text('state', 'TSRUN_STATE') ?? DEFAULT_STATE),
    bridge,
    debug: flags.flag('debug', isSet(environment['TSRUN_DEBUG'])),
    logFormat: checked('TSRUN_LOG_FORMAT', text('log-format', 'TSRUN_LOG_FORMAT') ?? 'text', checkLogFormat),
    ...(maxLayerSize === undefined ? {} : { maxLayerSize: checked('TSRUN_MAX_LAYER_SIZE', maxLayerSize, parseSize) }),
    ...(maxLayerEntries === undefined ? {} : { maxLayerEntries: checked('TSRUN_MAX_LAYER_ENTRIES', maxLayerEntries, checkEntries) }),
    insecureRegistries: list('insecure-registry', 'TSRUN_INSECURE_REGISTRY'),
    registryMirrors: list('registry-mirror', 'TSRUN_REGISTRY_MIRROR'),
  };
}

/** Anything that isn't a false value is true: TSRUN_DEBUG=yes. */
function isSet(value: string | undefined): boolean {
  if (value === undefined || value === '') return false;
  try {
    return parseBoolean(value);
  } catch {
    return true;
  }
}
