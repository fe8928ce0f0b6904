/** Why a file that the user named can't be opened, in Docker's words. */
import type { Stats } from 'node:fs';
import { TsrunError } from '../model/errors.ts';

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};

/** A file named on the command line that can't be opened, in Docker's words: `open PATH: no such file or directory`. */
export function openFailure(path: string, error: unknown): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', `open ${path}: ${fileReason(error)}`, { path, cause: error });
}

/** A directory opens as a file does, and only reading it fails. @throws TsrunError INVALID_ARGUMENT in Docker's words */
export function refuseDirectory(path: string, known: Stats): void {
  if (known.isDirectory()) throw new TsrunError('INVALID_ARGUMENT', `read ${path}: is a directory`, { path });
}

/** Why a file call failed, in words. */
export function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code || String(error));
}
