/**
 * Errors as the engine throws them: a code a program can switch on, the step and the call that failed, the path it
 * failed at, and the exit code Docker's users expect. Only the CLI prints them.
 */

/** What went wrong, in one word a program can switch on. */
export type ErrorCode =
  | 'INVALID_ARGUMENT' // the words of the command are wrong: exit 125
  | 'INVALID_REFERENCE' // not an image reference
  | 'NOT_FOUND' // no such image, container, network, volume, file
  | 'CONFLICT' // a name, port, address or object is in use, or in the wrong state
  | 'DETACHED' // the user typed the detach keys: no failure, but Docker's exit code is 1
  | 'UNAUTHORIZED' // a registry refused our credentials
  | 'REGISTRY' // a registry answered something else than it should
  | 'NETWORK' // a host could not be reached
  | 'DIGEST_MISMATCH' // bytes don't hash to what they should
  | 'CORRUPT' // an archive, manifest, or record that can't be what it claims
  | 'HOSTILE' // input that tries to leave its place
  | 'UNSUPPORTED' // this kernel, host or build can't do what was asked
  | 'NO_SPACE' // a disk or an address pool is full
  | 'PERMISSION' // not root, or a capability is missing
  | 'NOT_EXECUTABLE' // exit 126
  | 'NO_SUCH_COMMAND' // exit 127
  | 'KERNEL' // a system call failed and no better word fits
  | 'DATABASE' // the state database can't be used
  | 'INTERNAL'; // a bug of ours

/** The seven steps of a run, by number. */
export type StepNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** What an error can carry beside its message. */
export interface ErrorDetails {
  /** Which of the seven steps failed. */
  step?: StepNumber | undefined;
  /** The system call, request or operation that failed, e.g. `mount`, `RTM_NEWLINK`, `GET`. */
  call?: string | undefined;
  /** The path, URL, name or address it failed at. */
  path?: string | undefined;
  /** The kernel's errno name, e.g. `ENOENT`. */
  errno?: string | undefined;
  /** What the user can do about it, as one sentence. */
  hint?: string | undefined;
  /** The exit code of a CLI that fails with this; 125 for `run`, else 1, where it is not given. */
  exitCode?: number | undefined;
  /** The exit code in the record of a container that could not be started for it; `exitCode`, else 128, where it is not given. */
  recordedExitCode?: number | undefined;
  cause?: unknown;
}

/** The one error class the engine throws. `message` says what was wrong and where; `hint` says what to do. */
export class TsrunError extends Error {
  readonly code: ErrorCode;
  readonly step: StepNumber | undefined;
  readonly call: string | undefined;
  readonly path: string | undefined;
  readonly errno: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: number | undefined;
  readonly recordedExitCode: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TsrunError';
    this.code = code;
    this.step = details.step;
    this.call = details.call;
    this.path = details.path;
    this.errno = details.errno;
    this.hint = details.hint;
    this.exitCode = details.exitCode;
    this.recordedExitCode = details.recordedExitCode;
  }
}

/** Whether `error` is ours (and, where given, has this code). */
export function isTsrunError(error: unknown, code?: ErrorCode): error is TsrunError {
  return error instanceof TsrunError && (code === undefined || error.code === code);
}

/** Whether a Node or native error carries this errno name, e.g. `ENOENT`. */
export function hasErrno(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && 'code' in error && names.includes(String(error.code));
}
