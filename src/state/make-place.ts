/** The two directories that an engine is: made when they are first needed. */
import { makeDirectories } from '../kernel/make-directories.ts';
import { TsrunError } from '../model/errors.ts';
import type { EnginePaths } from './paths.ts';

const NAMES = { root: 'data root', state: 'state directory' } as const;

/** @throws TsrunError PERMISSION where it can't be made */
export function makePlace(paths: EnginePaths, which: keyof typeof NAMES): void {
  const path = paths[which];
  try {
    makeDirectories(path, 0o711);
  } catch (error) {
    throw new TsrunError('PERMISSION', `cannot make the ${NAMES[which]} ${path}: ${(error as Error).message}`, {
      call: 'mkdir',
      path,
      hint: `run as root, or choose another folder with --${which}`,
      cause: error,
    });
  }
}
