/**
 * Pushing an image: its layers (five at once; what is there isn't sent), its config, then the manifest under the tag. What
 * fails leaves the tag at the registry as it was.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Image } from '../../model/image.ts';
import { commitDurably } from '../../state/database.ts';
import type { PushReporter } from '../../model/push-event.ts';
import { interruptible } from '../interrupt.ts';
import type { PullOptions } from '../pull/options.ts';
import { parseReference } from '../reference/parse.ts';
import { canonicalName, DEFAULT_TAG, familiarName, familiarRepository, repositoryName, type Reference } from '../reference/reference.ts';
import { registryOptions } from '../registry/options.ts';
import { openPublisher, type Publisher } from '../registry/publisher.ts';
import { digestOf } from '../store/blobs.ts';
import { hold } from '../store/holds.ts';
import { recordImageEvent } from '../store/image-events.ts';
import { findImageByName, putName } from '../store/images.ts';
import type { Store } from '../store/ingest-types.ts';
import { writeLayoutIndex } from '../store/layout-index.ts';
import { smallBlob } from './layer-sources.ts';
import { pushLayers } from './layers.ts';
import { planPush } from './plan-push.ts';
import { pushedManifest } from './pushed-manifest.ts';

export type PushOptions = Pick<PullOptions, 'insecureRegistries' | 'signal' | 'registry'>;

/**
 * Push the image that has this name here; with neither tag nor digest, every tag of the repository.
 * @throws TsrunError in Docker's words: NOT_FOUND, UNAUTHORIZED, REGISTRY, NETWORK; an AbortError when `options.signal` ended it
 */
export function pushImage(store: Store, reference: Reference, options: PushOptions, report: PushReporter): Promise<void> {
  if (reference.digest !== undefined) throw new TsrunError('INVALID_ARGUMENT', 'cannot push a digest reference');
  const { signal } = options;
  if (signal !== undefined) return push(store, reference, options, report, signal);
  return interruptible((ended) => push(store, reference, options, report, ended));
}

async function push(store: Store, reference: Reference, options: PushOptions, report: PushReporter, ended: AbortSignal): Promise<void> {
  report({ type: 'refersTo', repository: repositoryName(reference) });
  const tagged = imagesToPush(store, reference);
  const controller = new AbortController();
  const signal = AbortSignal.any([ended, controller.signal]);
  const { insecureRegistries = [] } = options;
  const publisher = await openPublisher(reference, registryOptions({ ...options.registry, insecureRegistries, signal }));
  try {
    for (const { tag, image } of tagged) await pushTag(store, publisher, { ...reference, tag }, image, report, () => controller.abort());
    const repository = familiarRepository(reference);
    const meant = findImageByName(store, canonicalName({ ...reference, tag: reference.tag ?? DEFAULT_TAG }));
    recordImageEvent(store, 'push', reference.tag === undefined ? repository : familiarName(reference), repository, meant);
  } finally {
    publisher.close();
  }
}

interface TaggedImage {
  tag: string;
  image: Image;
}

/** @throws TsrunError NOT_FOUND in Docker's words */
function imagesToPush(store: Store, reference: Reference): TaggedImage[] {
  const tags = tagsOf(store, reference);
  if (tags.length === 0) {
    throw new TsrunError('NOT_FOUND', `An image does not exist locally with the tag: ${familiarRepository(reference)}`, {
      hint: "tsrun images lists what is here; 'tsrun tag' gives it a name",
    });
  }
  return (reference.tag === undefined ? tags : [reference.tag]).map((tag) => {
    const image = findImageByName(store, canonicalName({ ...reference, tag }));
    if (image !== undefined) return { tag, image };
    throw new TsrunError('NOT_FOUND', `tag does not exist: ${familiarName(reference)}`, {
      hint: `there is ${tags.slice(0, 20).join(', ')}`,
    });
  });
}

/** The tags of a repository that are here, sorted. */
function tagsOf(store: Store, reference: Reference): string[] {
  const prefix = `${repositoryName(reference)}:`;
  return store.database
    .prepare('SELECT name FROM image_names WHERE name >= ? AND name < ? ORDER BY name')
    .all(prefix, `${repositoryName(reference)};`)
    .map((row) => parseReference(String(row['name'])).tag)
    .filter((tag) => tag !== undefined);
}

async function pushTag(
  store: Store,
  publisher: Publisher,
  reference: Reference & { tag: string },
  image: Image,
  report: PushReporter,
  endUploads: () => void,
): Promise<void> {
  // A removal beside us leaves alone what we read.
  const held = hold(store, [...image.layers, image.manifestDigest, image.id]);
  try {
    const plan = planPush(store, image, reference);
    const blobs = await pushLayers(store, publisher, plan.layers, report, endUploads);
    const config = { digest: plan.manifest.config.digest, size: plan.config.length };
    if (!(await publisher.has(config))) await publisher.upload(smallBlob(plan.config, config), { what: 'the config' });
    const { bytes, mediaType } = pushedManifest(plan, blobs);
    const digest = digestOf(bytes);
    await publisher.putManifest(reference.tag, bytes, mediaType, digest);
    remember(store, image, canonicalName({ ...reference, digest }));
    report({ type: 'pushed', tag: reference.tag, digest, size: bytes.length });
  } finally {
    held.release();
  }
}

/** From now on the image is known by the digest that it has there. */
function remember(store: Store, image: Image, name: string): void {
  if (findImageByName(store, name) !== undefined) return;
  commitDurably(store.database, () => putName(store, name, image.id));
  writeLayoutIndex(store);
}
