/**
 * The rules of `cp`: what a trailing slash or `/.` says, and which name a copy gets. Pure.
 * Source: moby, pkg/archive/copy.go.
 */
import { TsrunError } from '../../model/errors.ts';

/** One side of a copy. */
export interface CopySide {
  path: string;
  /** Of a destination: whether something is there. */
  exists: boolean;
  isDirectory: boolean;
}

/** A path without `.`, `..` and slashes too many: Go's filepath.Clean. */
export function cleanPath(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !absolute) parts.push(part);
  }
  const joined = parts.join('/');
  return absolute ? `/${joined}` : joined || '.';
}

/** `x/.`, `.`: what is in the directory, and not the directory. */
const meansContent = (path: string): boolean => path === '.' || path.endsWith('/.');
/** `x/`, `x/.`: it must be a directory. */
export const meansDirectory = (path: string): boolean => path.endsWith('/') || meansContent(path);

/** The whole path from `base`, cleaned, with what its end says. */
export function wholePath(base: string, path: string): string {
  const clean = cleanPath(path.startsWith('/') ? path : `${base}/${path}`);
  if (meansContent(path) && !meansContent(clean)) return clean === '/' ? '/.' : `${clean}/.`;
  return path.endsWith('/') && !clean.endsWith('/') ? `${clean}/` : clean;
}

/** A path's directory and the name in it; the name of `x/.` is `.`. */
export function splitEntry(path: string): { directory: string; name: string } {
  const clean = meansContent(path) && path !== '.' ? `${cleanPath(path)}/.` : cleanPath(path);
  const slash = clean.lastIndexOf('/');
  if (clean === '/') return { directory: '/', name: '/' };
  return { directory: slash <= 0 ? (slash === 0 ? '/' : '.') : cleanPath(clean.slice(0, slash)), name: clean.slice(slash + 1) };
}

/**
 * Into which directory a copy goes, and under which name.
 * @param name of the source, where nothing says otherwise
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function placeCopy(source: { isDirectory: boolean; name: string }, to: CopySide): { directory: string; name: string } {
  if (to.exists && to.isDirectory) return { directory: to.path, name: source.name };
  if (to.exists && source.isDirectory) throw new TsrunError('INVALID_ARGUMENT', 'cannot copy directory', { path: to.path });
  if (!to.exists && !source.isDirectory && meansDirectory(to.path))
    throw new TsrunError('INVALID_ARGUMENT', 'no such directory', {
      path: to.path,
      hint: 'make it first, or leave the slash at the end out',
    });
  return splitEntry(to.path);
}
