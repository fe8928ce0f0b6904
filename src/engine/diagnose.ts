/** A program that could not be executed: look at its bytes, in the container's root, for why. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { posix } from 'node:path';
import { O_NOCTTY, O_NONBLOCK, O_RDONLY, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from '../kernel/constants.ts';
import { native } from '../kernel/native.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { diagnoseExec } from '../process/diagnose-exec.ts';

const HEAD = 64 * 1024;

/**
 * The error of an execve that failed, with what its file's bytes say as the hint. Any other error comes back as it is.
 * @param useRoot opens the container's root as a directory, and closes it after its argument has run
 */
export function diagnosed(error: unknown, plan: Plan, cwd: string, useRoot: <Result>(look: (root: number) => Result) => Result): unknown {
  if (!isTsrunError(error, 'NO_SUCH_COMMAND') && !isTsrunError(error, 'NOT_EXECUTABLE')) return error;
  const last = plan.child.at(-1);
  if (last?.op !== 'execute') return error;
  const candidates = last.candidates.map((path) => posix.resolve(cwd, path));
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const hint = useRoot((root) => diagnoseExec(candidates, { readFile: (path) => readHead(root, path), mode: (path) => modeOf(root, path) }, machine));
  if (hint === undefined) return error;
  const { code, message, step, call, path, errno, exitCode } = error;
  return new TsrunError(code, message, { step, call, path, errno, exitCode, hint, cause: error });
}

function withFile<Result>(root: number, path: string, use: (fd: number) => Result | undefined): Result | undefined {
  let fd: number;
  try {
    fd = native().openat2(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
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

function readHead(root: number, path: string): Uint8Array | undefined {
  return withFile(root, path, (fd) => {
    const bytes = Buffer.alloc(HEAD);
    return bytes.subarray(0, readSync(fd, bytes, 0, HEAD, 0));
  });
}

const modeOf = (root: number, path: string): number | undefined => withFile(root, path, (fd) => fstatSync(fd).mode);
