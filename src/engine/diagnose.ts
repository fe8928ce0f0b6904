/** A program that could not be executed: look at its bytes, in the container's root, for why. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { posix } from 'node:path';
import { O_NOCTTY, O_NONBLOCK, O_RDONLY, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { diagnoseExec } from '../process/diagnose-exec.ts';

const HEAD = 64 * 1024;

/** A file or directory of the host that lies at a path of the container's. */
export interface BoundPath {
  source: string;
  target: string;
}

/**
 * The error of an execve that failed, with what its file's bytes say as the hint. Any other error comes back as it is.
 * @param bound what hides the root's own files
 * @param useRoot opens the container's root as a directory, and closes it after its argument has run
 */
export function diagnosed(
  error: unknown,
  plan: Plan,
  { cwd, bound = [] }: { cwd: string; bound?: readonly BoundPath[] },
  useRoot: <Result>(look: (root: number) => Result) => Result,
): unknown {
  if (!isTsrunError(error, 'NO_SUCH_COMMAND') && !isTsrunError(error, 'NOT_EXECUTABLE')) return error;
  const last = plan.child.at(-1);
  if (last?.op !== 'execute') return error;
  const candidates = last.candidates.map((path) => posix.resolve(cwd, path));
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const hint = useRoot((root) => {
    const look = (path: string): Place => placeOf(root, path, bound);
    return diagnoseExec(candidates, { readFile: (path) => readHead(look(path)), mode: (path) => modeOf(look(path)) }, machine);
  });
  if (hint === undefined) return error;
  const { code, message, step, call, path, errno, exitCode } = error;
  return new TsrunError(code, message, { step, call, path, errno, exitCode, hint, cause: error });
}

/** A path, and the directory (or, with an empty path, the file) that it can't leave. */
interface Place {
  root: number | string;
  path: string;
}

/** Below a bind mount the file is the host's; the last mount there is the one that is seen. */
function placeOf(root: number, path: string, bound: readonly BoundPath[]): Place {
  const mount = bound.findLast(({ target }) => path === target || path.startsWith(`${target}/`));
  return mount === undefined ? { root, path } : { root: mount.source, path: path.slice(mount.target.length) };
}

function withFile<Result>(place: Place, use: (fd: number) => Result | undefined): Result | undefined {
  let fd: number;
  try {
    fd = openPlace(place);
  } catch {
    // Whatever can't be opened there can't be looked at; the error that we have says enough.
    return undefined;
  }
  try {
    return fstatSync(fd).isFile() ? use(fd) : undefined;
  } finally {
    closeSync(fd);
  }
}

function openPlace({ root, path }: Place): number {
  const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  if (path === '' && typeof root === 'string') return openSync(root, flags);
  const directory = typeof root === 'string' ? openSync(root, constants.O_RDONLY | constants.O_DIRECTORY) : root;
  try {
    return native().openat2(directory, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  } finally {
    if (directory !== root) closeSync(directory);
  }
}

function readHead(place: Place): Uint8Array | undefined {
  return withFile(place, (fd) => {
    const bytes = Buffer.alloc(HEAD);
    return bytes.subarray(0, readSync(fd, bytes, 0, HEAD, 0));
  });
}

const modeOf = (place: Place): number | undefined => withFile(place, (fd) => fstatSync(fd).mode);
