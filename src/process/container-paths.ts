/** Paths as words only: the kernel resolves them, and confines what they resolve to. */
import { posix } from 'node:path';

/** An absolute path without `.`, `..`, doubled or trailing slashes; a relative one counts from the root. */
export function cleanPath(path: string): string {
  // Nearly all are clean already, and this is on the way of every start.
  if (path.startsWith('/') && !path.includes('//') && !path.includes('/.') && (path === '/' || !path.endsWith('/'))) return path;
  const clean = posix.normalize(`/${path}`);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** A host path that may be relative to the bundle. */
export function inBundle(bundle: string, path: string): string {
  return path.startsWith('/') ? path : posix.resolve(bundle, path);
}

/** The directory that holds `path` (clean and absolute). */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** Whether `path` lies strictly inside `directory`; both clean. */
export function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory === '/' ? '/' : `${directory}/`) && path !== directory;
}
