/**
 * Names inside a layer: cleaned, and what a whiteout means. Pure string work; what keeps a name inside the layer in the
 * end is the kernel (the unpacker's root is the layer).
 * Source: OCI image-spec 1.1 layer.md, "Whiteouts".
 */
import { TsrunError } from '../../model/errors.ts';
import { toBytes } from '../../kernel/byte-paths.ts';
import { corrupt, MAX_PATH_BYTES, printable, type ByteString } from './tar-format.ts';

/**
 * A name without `.`, `..`, and slashes too many; '' is the layer's root. `/x` is `x`, as everywhere.
 * @throws TsrunError HOSTILE when it leaves the layer, CORRUPT when it can't be a path.
 */
export function cleanPath(path: ByteString, what = 'name'): ByteString {
  // Most names are clean, but for a slash at the end.
  if (path.length >= MAX_PATH_BYTES) throw corrupt(`a ${what} in the layer is longer than a path can be`);
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      // Above the root there is nothing to an absolute path; a relative one would leave.
      if (parts.pop() === undefined && !path.startsWith('/')) throw breakout(`invalid ${what} ${printable(path)}: it leaves the layer`);
      continue;
    }
    if (part.length > 255) throw corrupt(`a ${what} in the layer has a part longer than 255 bytes: ${printable(part.slice(0, 40))}…`);
    parts.push(part);
  }
  return parts.join('/');
}

/** Input that tries to leave its place; in Docker's words. */
function breakout(message: string): TsrunError {
  return new TsrunError('HOSTILE', `breakout: ${message}`, {
    hint: 'do not use this image: it was made to write outside of its layer, or its builder is broken',
  });
}

/** '' for a name in the root. */
export function parentOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The last part. */
export function baseOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What a name asks for. */
export type Meaning =
  | { kind: 'plain' }
  /** `.wh.NAME`: `path` of the lower layers is gone. */
  | { kind: 'whiteout'; path: ByteString }
  /** `.wh..wh..opq`: all that lower layers have in `directory` is gone. */
  | { kind: 'opaque'; directory: ByteString }
  /** Bookkeeping of AUFS. */
  | { kind: 'ignored' };

const PLAIN: Meaning = { kind: 'plain' };
/** Before the name of a file that is gone. */
export const WHITEOUT_PREFIX = '.wh.';

/**
 * What a clean name means.
 * @throws TsrunError HOSTILE for a whiteout of no name, `.` or `..`.
 */
export function meaningOf(path: ByteString): Meaning {
  if (!path.includes(WHITEOUT_PREFIX)) return PLAIN;
  // AUFS kept hardlinks of removed files in a top directory `.wh..wh.plnk`, and wrote it into layers.
  if (path.startsWith('.wh..wh.') && path !== '.wh..wh..opq') return { kind: 'ignored' };
  const base = baseOf(path);
  if (!base.startsWith(WHITEOUT_PREFIX)) return PLAIN;
  const directory = parentOf(path);
  if (base === '.wh..wh..opq') return { kind: 'opaque', directory };
  if (base.startsWith('.wh..wh.')) return { kind: 'ignored' };
  const hidden = base.slice(WHITEOUT_PREFIX.length);
  if (hidden === '' || hidden === '.' || hidden === '..') throw breakout(`invalid whiteout ${printable(path)}`);
  return { kind: 'whiteout', path: directory === '' ? hidden : `${directory}/${hidden}` };
}

/** How much of a path's beginning, and of its end, an error shows. */
const SHOWN = 40;

/**
 * A program goes down step by step, and makes directories deeper than a path can name; nobody reads them from outside.
 * @param path a whole path, without the directory it is read in, `root`
 * @throws TsrunError UNSUPPORTED when the two together are too long. Docker leaves such files out of what it writes without a word.
 */
export function refuseTooLong(root: ByteString, path: ByteString): void {
  if (root.length + path.length < MAX_PATH_BYTES) return;
  const short = path.slice(0, SHOWN) + toBytes('…') + path.slice(-SHOWN);
  throw new TsrunError('UNSUPPORTED', `${printable(short)} can't be read: ${path.length} bytes are more than a path can have there`, {
    hint: 'remove it, or move it up, and try again',
  });
}
