/** How an image came to be, step by step. Source of the rules: moby, daemon/images/image_history.go. */
import { TsrunError } from '../model/errors.ts';
import type { Digest, Image } from '../model/image.ts';
import { readImage } from './store/images.ts';
import type { Store } from './store/ingest-types.ts';
import { readLayer } from './store/layers.ts';

/** One step, the newest first. */
export interface HistoryStep {
  /** The image that ended with this step; undefined where there is none here. */
  id: Digest | undefined;
  created: string | undefined;
  createdBy: string;
  comment: string;
  /** Bytes of its layer; 0 where it made none. */
  size: number;
}

/**
 * @throws TsrunError CORRUPT when the image tells of more layers than it has
 */
export function imageHistory(store: Store, image: Image): HistoryStep[] {
  const layers = [...image.layers];
  const steps = (image.config.history ?? []).map((entry): HistoryStep => {
    const chainId = entry.empty_layer ? undefined : layers.shift();
    if (chainId === undefined && !entry.empty_layer) {
      throw new TsrunError('CORRUPT', 'too many non-empty layers in History section', { path: image.id });
    }
    return {
      id: undefined,
      created: entry.created,
      createdBy: entry.created_by ?? '',
      comment: entry.comment ?? '',
      size: chainId === undefined ? 0 : (readLayer(store, chainId)?.size ?? 0),
    };
  });
  const newestFirst = steps.toReversed();
  nameSteps(store, image, newestFirst);
  return newestFirst;
}

/** The first step is the image itself, the second what it was made from, as long as that is here. */
function nameSteps(store: Store, image: Image, steps: HistoryStep[]): void {
  let current: Image | undefined = image;
  for (const step of steps) {
    if (current === undefined) return;
    step.id = current.id;
    current = current.parent === undefined ? undefined : readImage(store, current.parent);
  }
}
