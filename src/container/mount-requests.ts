/**
 * Mounts as people write them, checked as Docker's daemon checks them. Source of the rules: moby, volume/mounts.
 */
import { posix } from 'node:path';
import type { MountSpec } from '../model/as-given.ts';
import type { MountRequest } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';

const PROPAGATIONS = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);

/** The kinds of words in a `-v` mode; at most one of each. */
const MODES: Record<string, Set<string>> = {
  access: new Set(['rw', 'ro']),
  label: new Set(['z', 'Z']),
  propagation: PROPAGATIONS,
  copy: new Set(['nocopy']),
  consistency: new Set(['consistent', 'cached', 'delegated']),
};

function isMode(mode: string): boolean {
  const seen = new Set<string>();
  for (const word of mode.split(',')) {
    const kind = Object.keys(MODES).find((each) => MODES[each]?.has(word));
    if (kind === undefined || seen.has(kind)) return false;
    seen.add(kind);
  }
  return true;
}

/**
 * One `-v`: `target` (an anonymous volume), `name:target[:mode]`, `/host/path:target[:mode]`. A missing host path is made.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function parseVolume(text: string): MountRequest {
  const wrong = (): TsrunError => invalid(`invalid volume specification: '${text}'`);
  const parts = text.split(':');
  const [first = '', second, mode = ''] = parts;
  if (first === '' || parts.length > 3) throw wrong();
  if (second === undefined) return checkRaw(text, { type: 'volume', source: '', target: first, readOnly: false });
  // A target and a mode, without a source: `/data:ro`.
  if (parts.length === 2 && (second === '' || isMode(second))) throw wrong();
  if (mode !== '' && !isMode(mode)) throw invalid(`invalid mode: ${mode}`);
  const words = mode.split(',');
  const propagation = words.find((word) => PROPAGATIONS.has(word));
  return checkRaw(text, {
    type: first.startsWith('/') ? 'bind' : 'volume',
    source: first,
    target: second,
    readOnly: words.includes('ro'),
    ...(propagation === undefined ? {} : { propagation }),
    ...(words.includes('nocopy') ? { noCopy: true } : {}),
  });
}

function checkRaw(text: string, spec: MountSpec): MountRequest {
  let request: MountRequest;
  try {
    request = checkMount(spec);
  } catch (error) {
    if (spec.type === 'volume' && error instanceof TsrunError && error.call === 'name') throw error;
    throw invalid(`invalid volume specification: '${text}': ${(error as Error).message}`);
  }
  return request.type === 'bind' ? { ...request, createSource: true } : request;
}

/**
 * A mount spec as a request.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function checkMount(spec: MountSpec): MountRequest {
  const wrong = (reason: string): TsrunError => invalid(`invalid mount config for type "${spec.type}": ${reason}`);
  const extra = (field: string): TsrunError => wrong(`field ${field} must not be specified`);
  if (spec.target === '') throw wrong('field Target must not be empty');
  if (clean(spec.target) === '/') throw wrong("invalid specification: destination can't be '/'");
  if (!spec.target.startsWith('/')) throw wrong(`invalid mount path: '${spec.target}' mount path must be absolute`);
  const target = clean(spec.target);
  switch (spec.type) {
    case 'bind':
      if (spec.source === '') throw wrong('field Source must not be empty');
      if (spec.propagation !== undefined && !PROPAGATIONS.has(spec.propagation))
        throw wrong(`invalid propagation mode: ${spec.propagation}`);
      if (spec.noCopy) throw extra('VolumeOptions');
      if (!spec.source.startsWith('/')) throw wrong(`invalid mount path: '${spec.source}' mount path must be absolute`);
      return {
        type: 'bind',
        source: clean(spec.source),
        target,
        readOnly: spec.readOnly,
        propagation: spec.propagation,
        createSource: false,
        ...belowOf(spec),
      };
    case 'volume':
      if (spec.propagation !== undefined) throw extra('BindOptions');
      if (spec.readOnly && spec.source === '') throw wrong('must not set ReadOnly mode when using anonymous volumes');
      if (spec.source !== '') checkVolumeName(spec.source);
      return {
        type: 'volume',
        name: spec.source || undefined,
        target,
        readOnly: spec.readOnly,
        copy: !spec.noCopy,
        ...(spec.labels === undefined ? {} : { labels: spec.labels }),
      };
    case 'tmpfs':
      if (spec.propagation !== undefined) throw extra('BindOptions');
      if (spec.source !== '') throw extra('Source');
      return { type: 'tmpfs', target, options: tmpfsOptions(spec) };
    default:
      throw wrong('mount type unknown');
  }
}

/** What a read-only bind is by itself, `readonly` says once more, so that it's an error where that can't be. */
function belowOf({ below, readOnly, propagation }: MountSpec): { below?: 'unbound' | 'writable' } {
  if (below === undefined || below === 'unbound') return below === undefined ? {} : { below };
  const option = `option 'bind-recursive=${below}'`;
  if (!readOnly) throw invalid(`${option} requires 'readonly' to be specified in conjunction`);
  if (below === 'writable') return { below };
  if (propagation !== 'rprivate') throw invalid(`${option} requires 'bind-propagation=rprivate' to be specified in conjunction`);
  return {};
}

/**
 * One `--tmpfs`: `target[:options]`; the options are the kernel's.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function parseTmpfs(text: string): MountRequest {
  const at = text.indexOf(':');
  const target = at < 0 ? text : text.slice(0, at);
  if (!target.startsWith('/')) throw invalid(`invalid mount path: '${target}' mount path must be absolute`);
  if (clean(target) === '/') throw invalid("invalid specification: destination can't be '/'");
  return { type: 'tmpfs', target: clean(target), options: at < 0 ? '' : text.slice(at + 1) };
}

/**
 * The name of a volume.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function checkVolumeName(name: string): void {
  const wrong = (reason: string): TsrunError =>
    new TsrunError('INVALID_ARGUMENT', `create ${name}: ${reason}`, { call: 'name', path: name });
  if (name.length === 1) throw wrong('volume name is too short, names should be at least two alphanumeric characters');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw wrong(
      `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
}

/** One mount at each place. @throws TsrunError INVALID_ARGUMENT `Duplicate mount point: /x` */
export function checkTargets(mounts: readonly MountRequest[]): void {
  const seen = new Set<string>();
  for (const { target } of mounts) {
    if (seen.has(target)) throw invalid(`Duplicate mount point: ${target}`);
    seen.add(target);
  }
}

function tmpfsOptions(spec: MountSpec): string {
  const options = spec.readOnly ? ['ro'] : [];
  if (spec.tmpfsMode !== undefined && spec.tmpfsMode !== 0) options.push(`mode=${spec.tmpfsMode.toString(8)}`);
  if (spec.tmpfsSize !== undefined && spec.tmpfsSize !== 0) options.push(`size=${spec.tmpfsSize}`);
  return options.join(',');
}

/** As Go's path.Clean. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
}

function invalid(message: string): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', message);
}
