/** Looking into directories that may not be there. */
import { readdirSync } from 'node:fs';
import { hasErrno } from '../../model/errors.ts';

/** Names in a directory; none where it isn't there. */
export function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
