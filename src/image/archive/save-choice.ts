/** Which images `save` writes, and with which names. Source: moby, image/tarexport/save.go, parseNames. */
import { TsrunError } from '../../model/errors.ts';
import type { Digest, Image } from '../../model/image.ts';
import { findImage } from '../pull/resolve.ts';
import { parseReference, parseWithoutDefaultTag } from '../reference/parse.ts';
import { familiarName, repositoryName, type Reference } from '../reference/reference.ts';
import { listImages } from '../store/images.ts';
import type { Store } from '../store/ingest-types.ts';

export interface ChosenImage {
  image: Image;
  /** Tags only, in order. */
  references: Reference[];
}

/**
 * The images that words name: `ubuntu` is every tag of it, `ubuntu:20.04` that one, an ID an image without a name.
 * @throws TsrunError NOT_FOUND in Docker's words, INVALID_REFERENCE
 */
export function chooseImages(store: Store, words: readonly string[]): ChosenImage[] {
  const chosen = new Map<Digest, ChosenImage>();
  for (const word of words) {
    for (const { image, reference } of matches(store, word)) {
      const known = chosen.get(image.id) ?? { image, references: [] };
      chosen.set(image.id, known);
      if (reference !== undefined && !known.references.some((each) => familiarName(each) === familiarName(reference)))
        known.references.push(reference);
    }
  }
  for (const each of chosen.values()) each.references.sort((left, right) => (familiarName(left) < familiarName(right) ? -1 : 1));
  return [...chosen.values()];
}

function matches(store: Store, word: string): { image: Image; reference: Reference | undefined }[] {
  const bare = bareRepository(word);
  if (bare !== undefined) {
    const tagged = listImages(store).flatMap(({ image, names }) =>
      names
        .map((name) => parseReference(name))
        .filter((reference) => reference.digest === undefined && repositoryName(reference) === bare)
        .map((reference) => ({ image, reference })),
    );
    if (tagged.length > 0) return tagged;
  }
  const found = findImage(store, word);
  if (found === undefined) {
    const message = bare === undefined ? 'reference does not exist' : `No such image: ${word}`;
    throw new TsrunError('NOT_FOUND', message, { path: word, hint: `there is no ${word} here; tsrun images shows what is` });
  }
  const reference = isId(word) || bare !== undefined ? undefined : parseReference(word);
  return [{ image: found.image, reference: reference?.digest === undefined ? reference : undefined }];
}

const isId = (word: string): boolean => /^sha256:[0-9a-f]+$|^[0-9a-f]{64}$/.test(word);

/** The whole name of a repository that is given without tag and digest; undefined for anything else. */
function bareRepository(word: string): string | undefined {
  if (isId(word)) return undefined;
  const reference = parseWithoutDefaultTag(word);
  return reference.tag === undefined && reference.digest === undefined ? repositoryName(reference) : undefined;
}
