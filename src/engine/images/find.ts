/** The image that somebody means. */
import { findImage } from '../../image/pull/resolve.ts';
import { parseReference } from '../../image/reference/parse.ts';
import { familiarName } from '../../image/reference/reference.ts';
import type { Store } from '../../image/store/ingest-types.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Image } from '../../model/image.ts';

/**
 * The image that is here under `text`: a name, an ID or the beginning of one.
 * @throws TsrunError NOT_FOUND `No such image: x:latest`; CONFLICT where several IDs begin so; INVALID_REFERENCE
 */
export function imageOf(store: Store, text: string): Image {
  const found = findImage(store, text);
  if (found === undefined) throw noSuchImage(text, isId(text) ? text : familiarName(parseReference(text)));
  return found.image;
}

/**
 * As `imageOf`; what isn't here is named as it was typed.
 * @throws TsrunError NOT_FOUND `No such image: x`
 */
export function imageAsTyped(store: Store, text: string): Image {
  const found = findImage(store, text);
  if (found !== undefined) return found.image;
  if (!isId(text)) parseReference(text);
  throw noSuchImage(text, text);
}

const noSuchImage = (text: string, name: string): TsrunError => new TsrunError('NOT_FOUND', `No such image: ${name}`, { path: text });

const isId = (text: string): boolean => /^(?:sha256:[0-9a-f]{1,64}|[0-9a-f]{64})$/.test(text);
