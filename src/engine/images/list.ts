/** The images that `images` shows. */
import { filterImages, IMAGE_FILTERS, type NamedImage } from '../../image/filter.ts';
import { parseReference } from '../../image/reference/parse.ts';
import { familiarName } from '../../image/reference/reference.ts';
import { listImages } from '../../image/store/images.ts';
import { parentImages } from '../../image/store/parents.ts';
import { parseFilters } from '../../model/filters.ts';
import type { Engine } from '../engine.ts';
import { imageOf } from './find.ts';

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
  const store = { paths: engine.paths, database: engine.database() };
  const images = listImages(store).map(({ image, names }) => ({ image, names: names.map((name) => familiarName(parseReference(name))) }));
  const patterns = query.pattern === undefined || query.pattern === '' ? [] : [query.pattern];
  return filterImages(images, filters, patterns, {
    all: query.all,
    parents: parentImages(store),
    find: (text) => imageOf(store, text),
  });
}
