/** Where a path of a view leads. The thread is confined to it: this is for names and messages, not for safety. */
import { readlinkSync } from 'node:fs';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import { fsPath, printable, type ByteString } from './tar-format.ts';

const MOST_LINKS = 255;

/**
 * The path without links, `.` and `..`; what isn't there stays as it is named.
 * @throws TsrunError INVALID_ARGUMENT when links lead in a circle, in Docker's words
 */
export function resolveLinks(path: ByteString): ByteString {
  const rest = path.split('/').toReversed();
  const done: ByteString[] = [];
  let links = 0;
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const target = readLink(`/${[...done, part].join('/')}`);
    if (target === undefined) {
      done.push(part);
      continue;
    }
    if (++links > MOST_LINKS) throw new TsrunError('INVALID_ARGUMENT', `evalSymlinksInScope: too many links in ${printable(path)}`);
    if (target.startsWith('/')) done.length = 0;
    rest.push(...target.split('/').toReversed());
  }
  return `/${done.join('/')}`;
}

function readLink(path: ByteString): ByteString | undefined {
  try {
    return readlinkSync(fsPath(path), { encoding: 'buffer' }).toString('latin1');
  } catch (error) {
    if (hasErrno(error, 'EINVAL', 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
