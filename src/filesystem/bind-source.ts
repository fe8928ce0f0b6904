/** The host's side of a bind mount, checked as Docker checks it. */
import { chmodSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { makeDirectories } from '../kernel/make-directories.ts';
import type { MountRequest } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';

type BindRequest = Extract<MountRequest, { type: 'bind' }>;

/**
 * Make a missing source (`-v`), or complain (`--mount`); check that shared propagation can work.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function prepareBindSource(request: BindRequest): void {
  try {
    statSync(request.source);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    if (!request.createSource) {
      throw new TsrunError('INVALID_ARGUMENT', `invalid mount config for type "bind": bind source path does not exist: ${request.source}`, {
        step: 3,
        path: request.source,
        hint: 'make it, or use -v, which makes a directory',
        cause: error,
      });
    }
    makeSource(request.source);
  }
  checkPropagation(request);
}

function makeSource(path: string): void {
  try {
    const first = makeDirectories(resolve(path));
    if (first === undefined) return;
    // For the container's users too, whatever our caller's umask.
    for (let made = resolve(path); made.startsWith(first); made = dirname(made)) chmodSync(made, 0o755);
  } catch (error) {
    const system = error as NodeJS.ErrnoException;
    throw new TsrunError(
      'INVALID_ARGUMENT',
      `error while creating mount source path '${path}': mkdir ${system.path ?? path}: ${system.message.replace(/^\w+: (.*), mkdir .*$/s, '$1')}`,
      {
        step: 3,
        call: 'mkdir',
        path,
        errno: system.code,
        cause: error,
      },
    );
  }
}

/** Mounts made in the container reach the host only if the source's own mount is shared; the other way needs shared or slave. */
function checkPropagation({ source, propagation }: BindRequest): void {
  const wanted = propagation?.replace(/^r/, '');
  if (wanted !== 'shared' && wanted !== 'slave') return;
  const real = realpathSync(source);
  const mount = mountOf(readKernelFile('/proc/self/mountinfo'), real);
  const isShared = mount.optional.some((field) => field.startsWith('shared:'));
  const isSlave = mount.optional.some((field) => field.startsWith('master:'));
  if (isShared || (wanted === 'slave' && isSlave)) return;
  const what = wanted === 'shared' ? 'a shared mount' : 'a shared or slave mount';
  throw new TsrunError('INVALID_ARGUMENT', `path ${source} is mounted on ${mount.point} but it is not ${what}`, {
    step: 3,
    path: source,
    hint: `mount --make-shared ${mount.point}`,
  });
}

/**
 * The mount that a path lies on: the longest mount point above it, the last of several. Source: proc(5), mountinfo.
 * @param table the text of /proc/self/mountinfo
 */
export function mountOf(table: string, path: string): { point: string; optional: string[] } {
  let best = { point: '/', optional: [] as string[] };
  for (const line of table.split('\n')) {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
    const isAbove = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    if (point === '' || !isAbove || point.length < best.point.length) continue;
    best = { point, optional: fields.slice(6, fields.indexOf('-', 6)) };
  }
  return best;
}
