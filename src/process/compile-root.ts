/** The root of the container: an overlay mounted in its own mount namespace, or a directory of the bundle. */
import { MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import type { OciConfig, OciMount } from '../oci-spec/runtime.ts';
import { cleanPath, inBundle } from './container-paths.ts';
import { parseMountOptions } from './mount-options.ts';

export interface RootOperations {
  before: PlanOperation[];
  /** Up to and with pivotRoot. */
  child: PlanOperation[];
  /** The config.json's mounts without the root's own. */
  mounts: readonly OciMount[];
}

/** Mount the root and make it the root. Throws INVALID_ARGUMENT where the config.json has none, or a second one. */
export function rootOperations(spec: OciConfig, options: { bundle: string; rootMountPoint: string }): RootOperations {
  const [first, ...rest] = spec.mounts ?? [];
  const overlay = first !== undefined && cleanPath(first.destination) === '/' && first.type === 'overlay' ? first : undefined;
  const mounts = overlay === undefined ? (spec.mounts ?? []) : rest;
  const target = options.rootMountPoint;
  const before: PlanOperation[] = [];
  const child: PlanOperation[] = [rootPropagation(spec)];
  if (overlay !== undefined) child.push(overlayOperation(overlay, target));
  else {
    if (spec.root === undefined) throw new TsrunError('INVALID_ARGUMENT', 'root: must be given');
    const path = inBundle(options.bundle, spec.root.path);
    before.push({ op: 'openTree', path, recursive: true, slot: 'root' });
    before.push({ op: 'mountSetattr', slot: 'root', set: 0, clear: 0, propagation: MS_PRIVATE, recursive: true });
    child.push({ op: 'moveMount', slot: 'root', target, kind: 'directory' });
  }
  child.push({ op: 'pivotRoot', path: target });
  return { before, child, mounts };
}

/**
 * What the container's copy of the host's mounts becomes before anything is mounted there. It must never be shared: our mounts
 * would show on the host, and pivot_root(2) refuses. As a slave it lets go of what the host unmounts until it is detached.
 */
function rootPropagation(spec: OciConfig): PlanOperation {
  const kind = spec.linux?.rootfsPropagation === 'private' ? MS_PRIVATE : MS_SLAVE;
  return { op: 'mount', source: 'none', target: '/', type: '', flags: MS_REC | kind, data: '' };
}

/** The propagation that config.json asks for, once the old root is gone. A root of our own is private from the start. */
export function finalPropagation(spec: OciConfig): PlanOperation[] {
  const asked = spec.linux?.rootfsPropagation;
  const propagation = asked === 'shared' ? MS_SHARED : asked === 'unbindable' ? MS_UNBINDABLE : 0;
  return propagation === 0 ? [] : [{ op: 'mountSetattr', path: '/', set: 0, clear: 0, propagation, recursive: false }];
}

/** The first `mounts` entry, of type overlay: `directory=` is where `lowerdir` names begin, so that many layers fit one page. */
function overlayOperation(mount: OciMount, target: string): PlanOperation {
  let directory = '/';
  let lower: string[] = [];
  let upper: string | undefined;
  let work: string | undefined;
  const others: string[] = [];
  for (const option of mount.options ?? []) {
    const [, key, value] = /^(directory|lowerdir|upperdir|workdir)=(.*)$/s.exec(option) ?? [];
    if (key === undefined || value === undefined) others.push(option);
    else if (key === 'directory') directory = value;
    else if (key === 'lowerdir') lower = splitLower(value);
    else if (key === 'upperdir') upper = value;
    else work = value;
  }
  if (lower.length === 0) throw new TsrunError('INVALID_ARGUMENT', 'mounts[0].options: an overlay needs lowerdir=');
  const { flags, data } = parseMountOptions(others, 'mounts[0]');
  return {
    op: 'mountOverlay',
    target,
    directory,
    lower,
    ...(upper === undefined ? {} : { upper }),
    ...(work === undefined ? {} : { work }),
    flags,
    ...(data === '' ? {} : { options: data }),
  };
}

/** The names of `lowerdir=`: colons part them, a backslash keeps the next character. */
function splitLower(value: string): string[] {
  const names: string[] = [];
  let name = '';
  for (let index = 0; index < value.length; index += 1) {
    const letter = value[index] ?? '';
    if (letter === '\\') {
      index += 1;
      name += value[index] ?? '';
    } else if (letter === ':') {
      names.push(name);
      name = '';
    } else name += letter;
  }
  return [...names, name].filter((each) => each !== '');
}
