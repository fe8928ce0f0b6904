/** Which images, and which of their names, `images` means. Pure. Source of the rules: moby, daemon/images/images.go. */
import type { Filters } from '../model/filters.ts';
import { globExpression } from '../model/glob.ts';
import type { Digest, Image } from '../model/image.ts';

/** The filters that there are. */
export const IMAGE_FILTERS: readonly string[] = ['before', 'dangling', 'label', 'reference', 'since'];

/** An image with its names as people write them: `ubuntu:20.04`, `ubuntu@sha256:…`. */
export interface NamedImage {
  image: Image;
  names: readonly string[];
}

export interface ImageFilterFacts {
  /** Also images without a name that others were made from. */
  all: boolean;
  /** Images that others were made from. */
  parents: ReadonlySet<Digest>;
  /** The image of a name or ID. @throws TsrunError NOT_FOUND */
  find(text: string): Image;
}

/**
 * The images that are meant, with those of their names that are.
 * @param patterns of references, one of which a name must fit; none: any name
 * @throws TsrunError INVALID_ARGUMENT for a value that a filter can't have, NOT_FOUND for `before` and `since`
 */
export function filterImages(
  images: readonly NamedImage[],
  filters: Filters,
  patterns: readonly string[],
  facts: ImageFilterFacts,
): NamedImage[] {
  const dangling = filters.boolean('dangling');
  const before = filters.list('before').map((text) => madeAt(facts.find(text)));
  const since = filters.list('since').map((text) => madeAt(facts.find(text)));
  const references = [...filters.list('reference'), ...patterns].map((pattern) => globExpression(pattern));
  const isMeant = ({ image, names }: NamedImage): boolean => {
    const time = madeAt(image);
    if (!before.every((other) => time < other) || !since.every((other) => time > other)) return false;
    if (!filters.matchLabels(image.config.config?.Labels ?? {})) return false;
    if (names.length > 0) return dangling !== true || names.every((name) => name.includes('@'));
    if (dangling === false || references.length > 0) return false;
    return facts.all || !facts.parents.has(image.id);
  };
  return images.flatMap(({ image, names }) => {
    const fitting = references.length === 0 ? names : names.filter((name) => references.some((pattern) => matchesName(pattern, name)));
    if (references.length > 0 && fitting.length === 0) return [];
    return isMeant({ image, names: fitting }) ? [{ image, names: fitting }] : [];
  });
}

const madeAt = (image: Image): number => Date.parse(image.config.created ?? '') || 0;

/** A pattern fits the whole name, or the repository alone. */
function matchesName(pattern: RegExp, name: string): boolean {
  const at = name.indexOf('@');
  const repository = at < 0 ? name.slice(0, name.lastIndexOf(':')) : name.slice(0, at);
  return pattern.test(name) || pattern.test(repository);
}
