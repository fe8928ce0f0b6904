/** The name that `commit` and `import` give a new image. */
import { TsrunError } from '../../model/errors.ts';
import { parseReference } from './parse.ts';
import { canonicalName } from './reference.ts';

/**
 * Canonical, with a tag; undefined where none is asked for.
 * @throws TsrunError INVALID_REFERENCE; INVALID_ARGUMENT for a digest, in Docker's words
 */
export function newImageName(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const reference = parseReference(text);
  if (reference.digest !== undefined)
    throw new TsrunError('INVALID_ARGUMENT', 'refusing to create a tag with a digest reference', { path: text });
  return canonicalName(reference);
}
