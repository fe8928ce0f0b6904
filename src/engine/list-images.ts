/** The images that `images` shows, and how to find one. */
import { filterImages, IMAGE_FILTERS, type NamedImage } from '../image/filter.ts';
import { findImage } from '../image/pull/resolve.ts';
import { parseReference } from '../image/reference/parse.ts';
import { familiarName } from '../image/reference/reference.ts';
import { listImages } from '../image/store/images.ts';
import type { Store } from '../image/store/ingest-types.ts';
import { parentImages } from '../image/store/parents.ts';
import { TsrunError } from '../model/errors.ts';
import { parseFilters } from '../model/filters.ts';
import type { Image } from '../model/image.ts';
import type { Engine } from './engine.ts';

export const storeOf = (engine: Engine): Store => ({ paths: engine.paths, database: engine.database() });

export interface ImageQuery {
  /** Also images without a name that others were made from. */
  all: boolean;
  /** `NAME=VALUE`, as typed. */
  filters: readonly string[];
  /** `ubuntu`, `ubuntu:20.04`, `*:latest`: a name must fit it; undefined: any. */
  pattern: string | undefined;
}

/**
 * Images with those of their names that are meant, the newest first.
 * @throws TsrunError INVALID_ARGUMENT for a filter that there isn't or a bad pattern, NOT_FOUND for an image that one names
 */
export function queryImages(engine: Engine, query: ImageQuery): NamedImage[] {
  const filters = parseFilters(query.filters, IMAGE_FILTERS);
  const store = storeOf(engine);
  const images = listImages(store).map(({ image, names }) => ({ image, names: names.map((name) => familiarName(parseReference(name))) }));
  const patterns = query.pattern === undefined || query.pattern === '' ? [] : [query.pattern];
  return filterImages(images, filters, patterns, {
    all: query.all,
    parents: parentImages(store),
    find: (text) => imageOf(engine, text, withTag),
  });
}

/**
 * The image that `text` means.
 * @param shown how an error calls it
 * @throws TsrunError NOT_FOUND `No such image: x`
 */
export function imageOf(engine: Engine, text: string, shown: (text: string) => string = (same) => same): Image {
  const image = findImage(storeOf(engine), text)?.image;
  if (image === undefined) throw new TsrunError('NOT_FOUND', `No such image: ${shown(text)}`, { path: text });
  return image;
}

/** As Docker's daemon calls an image that it doesn't find: with its tag. @throws TsrunError INVALID_REFERENCE */
export const withTag = (text: string): string =>
  /^sha256:[0-9a-f]+$|^[0-9a-f]{64}$/.test(text) ? text : familiarName(parseReference(text));
