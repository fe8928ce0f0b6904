/** What the image of a container is called now. */
import { parseReference } from '../image/reference/parse.ts';
import { canonicalName } from '../image/reference/reference.ts';
import type { Container } from '../model/container.ts';
import { isTsrunError } from '../model/errors.ts';
import type { Engine } from './engine.ts';

/**
 * A function that gives a container's image as it was asked for, or, where that name is another image's by now or nobody's,
 * its ID. Source of the rule: moby, daemon/list.go.
 */
export function currentImageNames(engine: Engine): (container: Container) => string {
  const ids = new Map<string, string>();
  for (const row of engine.database().prepare('SELECT name, image_id FROM image_names').all()) {
    ids.set(String(row['name']), String(row['image_id']));
  }
  /** By the name as it was typed: a thousand containers have few images. */
  const meant = new Map<string, string | undefined>();
  return ({ config: { image }, imageId }) => {
    if (imageId.startsWith(image) || imageId.startsWith(`sha256:${image}`)) return image;
    if (!meant.has(image)) meant.set(image, ids.get(canonicalOf(image) ?? ''));
    return meant.get(image) === imageId ? image : imageId;
  };
}

function canonicalOf(image: string): string | undefined {
  try {
    return canonicalName(parseReference(image));
  } catch (error) {
    if (isTsrunError(error, 'INVALID_REFERENCE')) return undefined;
    throw error;
  }
}
