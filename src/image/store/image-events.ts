/** What happens to images, as `tsrun events` tells it. Source: moby, daemon/images/image_events.go. */
import type { Image } from '../../model/image.ts';
import { recordEvent } from '../../state/events.ts';
import { retryWithReserve } from '../../state/reserve.ts';
import type { Store } from './ingest-types.ts';

export type ImageAction = 'delete' | 'import' | 'load' | 'pull' | 'push' | 'save' | 'tag' | 'untag';

/**
 * Record it, on a full disk too.
 * @param actor the image's ID; for `pull` and `push` the name that was asked for
 * @param name as Docker has it: the ID, or the name that is meant
 * @param image whose labels the event has; undefined: none that is known
 */
export function recordImageEvent(store: Store, action: ImageAction, actor: string, name: string, image: Image | undefined): void {
  const attributes = { ...image?.config.config?.Labels, name };
  retryWithReserve(store.paths, () => recordEvent(store.database, { type: 'image', action, actor, attributes }));
}

/** Of what happened to an image by its ID alone. */
export const recordOwnEvent = (store: Store, action: ImageAction, image: Image): void =>
  recordImageEvent(store, action, image.id, image.id, image);
