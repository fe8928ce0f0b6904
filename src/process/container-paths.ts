/** Paths inside a container, as words only: the kernel resolves them, and confines what they resolve to. */
import { posix } from 'node:path';

/** An absolute path without `.`, `..`, doubled or trailing slashes; a relative one counts from the root. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** The directory that holds `path` (clean and absolute). */
export function parentOf(path: string): string {
  return posix.dirname(path);
}

/** Whether `path` lies strictly inside `directory`; both clean. */
export function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory === '/' ? '/' : `${directory}/`) && path !== directory;
}
