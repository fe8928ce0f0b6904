/** `-o FILE`: an archive goes to a file that appears whole, or to standard output, which must not be a terminal. */
import { closeSync, constants, fstatSync, lstatSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { native } from '../kernel/native.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import { openFailure } from './open-failure.ts';

const STDOUT = 1;

/**
 * Have an archive written into a descriptor.
 * @param doing what fails, in Docker's words: `failed to save image`
 * @throws TsrunError INVALID_ARGUMENT in Docker's words for a terminal, or a path that can't be a file
 */
export async function withOutput(path: string | undefined, doing: string, write: (fd: number) => Promise<void>): Promise<void> {
  if (path === undefined) {
    if (native().isTerminal(STDOUT))
      throw new TsrunError('INVALID_ARGUMENT', 'cowardly refusing to save to a terminal. Use the -o flag or redirect');
    await write(STDOUT);
    return;
  }
  checkOutputPath(path, doing);
  if (!isReplaceable(path)) return writeThrough(path, write);
  // Beside the file it becomes: a half one is never seen, nor does it take a good one's place.
  const made = `${path}.tsrun-${process.pid}`;
  const fd = openOutput(made, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
  try {
    await write(fd);
    renameSync(made, path);
  } catch (error) {
    unlinkSync(made);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function checkOutputPath(path: string, doing: string): void {
  const directory = dirname(path);
  if (statSync(directory, { throwIfNoEntry: false }) === undefined)
    throw new TsrunError('INVALID_ARGUMENT', `${doing}: invalid output path: directory ${JSON.stringify(directory)} does not exist`, {
      path,
    });
  const known = statSync(path, { throwIfNoEntry: false });
  if (known?.isCharacterDevice()) throw new TsrunError('INVALID_ARGUMENT', `${doing}: cannot write to a character device file`, { path });
  if (known?.isBlockDevice()) throw new TsrunError('INVALID_ARGUMENT', `${doing}: cannot write to a block device file`, { path });
}

/** A plain file, or nothing yet: a link, pipe or device is written to as it is. */
function isReplaceable(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

async function writeThrough(path: string, write: (fd: number) => Promise<void>): Promise<void> {
  const fd = openOutput(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT);
  try {
    if (fstatSync(fd).isDirectory()) throw new TsrunError('INVALID_ARGUMENT', `open ${path}: is a directory`, { path });
    await write(fd);
  } finally {
    closeSync(fd);
  }
}

function openOutput(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (hasErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
    throw openFailure(path, error);
  }
}
