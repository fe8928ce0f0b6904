/** `tag`: one more name for an image. */
import { parseReference } from '../../image/reference/parse.ts';
import { canonicalName, familiarName, type Reference } from '../../image/reference/reference.ts';
import { recordImageEvent } from '../../image/store/image-events.ts';
import { putName } from '../../image/store/images.ts';
import { changeNames } from '../../image/store/layout-index.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { storeOf, type Engine } from '../engine.ts';
import { imageOf } from './find.ts';

/**
 * Name an image. Another image that has the name loses it.
 * @throws TsrunError NOT_FOUND, INVALID_REFERENCE in Docker's words
 */
export function tagImage(engine: Engine, source: string, target: string): void {
  const store = storeOf(engine);
  const reference = parseTarget(target);
  const name = canonicalName(reference);
  changeNames(store, () => {
    const image = imageOf(store, source);
    putName(store, name, image.id, standsFor(engine, source, image.id));
    recordImageEvent(store, 'tag', image.id, familiarName(reference), image);
  });
}

function parseTarget(target: string): Reference {
  let reference: Reference;
  try {
    reference = parseReference(target);
  } catch (error) {
    if (!isTsrunError(error, 'INVALID_REFERENCE')) throw error;
    const message = `Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${error.message}`;
    throw new TsrunError('INVALID_REFERENCE', message, { path: target, hint: error.hint, cause: error });
  }
  if (reference.digest !== undefined)
    throw new TsrunError('INVALID_REFERENCE', 'refusing to create a tag with a digest reference', { path: target });
  return reference;
}

/** The index that the image came by under its old name: the new one stands for the same. */
function standsFor(engine: Engine, source: string, id: Digest): Digest | undefined {
  const targets = engine.database().prepare('SELECT name, target FROM image_names WHERE image_id = ? ORDER BY name').all(id);
  const known = targets.find((row) => row['name'] === nameOrNothing(source)) ?? targets[0];
  return (known?.['target'] ?? undefined) as Digest | undefined;
}

function nameOrNothing(source: string): string | undefined {
  try {
    return canonicalName(parseReference(source));
  } catch (error) {
    if (isTsrunError(error, 'INVALID_REFERENCE')) return undefined;
    throw error;
  }
}
