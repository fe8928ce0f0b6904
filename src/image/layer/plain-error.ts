/** Errors as data, for classes don't cross threads. */
import { TsrunError, type ErrorCode } from '../../model/errors.ts';

export interface PlainError {
  code: ErrorCode;
  message: string;
  call: string | undefined;
  path: string | undefined;
  errno: string | undefined;
  hint: string | undefined;
}

/** `doing` begins the message of an error that isn't ours: what failed. */
export function toPlain(error: unknown, doing: string): PlainError {
  if (error instanceof TsrunError) {
    return { code: error.code, message: error.message, call: error.call, path: error.path, errno: error.errno, hint: error.hint };
  }
  const system = error as NodeJS.ErrnoException;
  const isFull = system.code === 'ENOSPC' || system.code === 'EDQUOT';
  return {
    code: isFull ? 'NO_SPACE' : system.syscall === undefined ? 'INTERNAL' : 'KERNEL',
    message: `${doing}: ${system.message}`,
    call: system.syscall,
    path: typeof system.path === 'string' ? system.path : undefined,
    errno: system.code,
    hint: undefined,
  };
}

/** The error again; a reader that left stays Node's own EPIPE, for that is no failure of ours. */
export function fromPlain(error: PlainError): Error {
  if (error.errno === 'EPIPE') return Object.assign(new Error(error.message), { code: 'EPIPE', syscall: error.call });
  return new TsrunError(error.code, error.message, error);
}
