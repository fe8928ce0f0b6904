/**
 * Pulling an image: manifest, config, layers (three downloads at once, each unpacked while it comes), then the image's
 * row and names. What is here already isn't asked for again; what fails leaves only whole layers behind.
 */
import type { Image, ImageConfig, Platform } from '../../model/image.ts';
import { TsrunError } from '../../model/errors.ts';
import { shortId } from '../../model/short-id.ts';
import type { PullReporter } from '../../model/pull-event.ts';
import {
  canonicalName,
  DEFAULT_TAG,
  familiarName,
  familiarRepository,
  repositoryName,
  tagOrDigest,
  type Reference,
} from '../reference/reference.ts';
import { openRegistry, type RegistryClient } from '../registry/client.ts';
import { registryOptions } from '../registry/options.ts';
import { hostPlatform, normalizePlatform } from '../registry/platform.ts';
import { readBlob } from '../store/blobs.ts';
import { parseImageConfig } from '../store/image-config.ts';
import { recordImageEvent } from '../store/image-events.ts';
import { findImageById, findImageByName } from '../store/images.ts';
import { beginIngest, type Store } from '../store/ingest.ts';
import { asPlatform, platformMismatch } from './check-platform.ts';
import { findManifest, type FoundManifest } from './find-manifest.ts';
import { interruptible } from '../interrupt.ts';
import { pullLayers } from './layers.ts';
import type { PullOptions } from './options.ts';

/** No config of an image is longer; Docker's own limit is the same. */
const LONGEST_CONFIG = 8 << 20;

/**
 * Bring the image of `reference` here, or see that it is here and still what the registry has under that name.
 * @throws TsrunError in Docker's words; an AbortError (or the signal's reason) when `options.signal` ended it
 */
export function pullImage(store: Store, reference: Reference, options: PullOptions, report: PullReporter): Promise<Image> {
  return withClient(store, reference, options, report, async (job) => {
    const { image, isNewer } = await pull(job, reference);
    const name = familiarName(reference);
    report({ type: 'status', isNewer, name });
    recordImageEvent(store, 'pull', name, familiarRepository(reference), image);
    return image;
  });
}

/**
 * Bring every tag of a repository here, in the registry's order. Throws as `pullImage`, at the first tag that can't be pulled.
 * @param repository a reference without tag and digest
 */
export function pullAllTags(store: Store, repository: Reference, options: PullOptions, report: PullReporter): Promise<Image[]> {
  return withClient(store, repository, options, report, async (job) => {
    const images: Image[] = [];
    let anyNewer = false;
    for (const tag of await job.client.tags()) {
      const { image, isNewer } = await pull(job, { ...repository, tag });
      images.push(image);
      anyNewer ||= isNewer;
    }
    const name = familiarRepository(repository);
    report({ type: 'status', isNewer: anyNewer, name });
    recordImageEvent(store, 'pull', name, name, findImageByName(store, canonicalName({ ...repository, tag: DEFAULT_TAG })));
    return images;
  });
}

/** What a pull works with. */
interface Job {
  store: Store;
  client: RegistryClient;
  options: PullOptions;
  report: PullReporter;
  /** Makes the client's requests fail now. */
  endDownloads: () => void;
}

/** Do `work`, ended by the options' signal or by Ctrl-C. */
function withClient<Result>(
  store: Store,
  reference: Reference,
  options: PullOptions,
  report: PullReporter,
  work: (job: Job) => Promise<Result>,
): Promise<Result> {
  const until = async (ended: AbortSignal): Promise<Result> => {
    const controller = new AbortController();
    const signal = AbortSignal.any([ended, controller.signal]);
    const { insecureRegistries = [], registryMirrors: mirrors = [] } = options;
    const client = openRegistry(reference, registryOptions({ ...options.registry, insecureRegistries, mirrors, signal }));
    try {
      return await work({ store, client, options, report, endDownloads: () => controller.abort() });
    } finally {
      client.close();
    }
  };
  return options.signal === undefined ? interruptible(until) : until(options.signal);
}

/** @returns the image, and whether it wasn't here under this name */
async function pull(job: Job, reference: Reference): Promise<{ image: Image; isNewer: boolean }> {
  const { store, options, report } = job;
  const found = await findManifest(job.client, reference, wantedPlatform(options));
  report({
    type: 'from',
    tagOrDigest: reference.digest === undefined ? tagOrDigest(reference) : canonicalName(reference),
    repository: reference.path,
  });
  const names = namesOf(reference, found);
  const before = findImageByName(store, canonicalName(reference));
  const here = findImageById(store, found.manifest.config.digest);
  if (here !== undefined) checkPlatform(here.config, reference, options);
  const image = here === undefined ? await download(job, reference, found, names) : await renamed(store, here, found, names);
  report({ type: 'digest', digest: found.namedDigest });
  return { image, isNewer: before?.id !== image.id };
}

async function download(job: Job, reference: Reference, found: FoundManifest, names: readonly string[]): Promise<Image> {
  const { store, client, options, report } = job;
  const config = await client.readVerified(found.manifest.config, LONGEST_CONFIG);
  checkPlatform(parseImageConfig(config), reference, options);
  const ingest = beginIngest(store, {
    manifest: found.bytes,
    indexes: found.indexes,
    config,
    names,
    onCommitted: (layer) => report({ type: 'layer', id: shortId(layer.descriptor.digest), status: 'Pull complete' }),
  });
  try {
    await pullLayers(client, ingest, report, job.endDownloads);
    return await ingest.commit();
  } catch (error) {
    await ingest.abort();
    throw error;
  }
}

/** The image is here under another name (or this very one). */
async function renamed(store: Store, image: Image, found: FoundManifest, names: readonly string[]): Promise<Image> {
  if (names.every((name) => findImageByName(store, name)?.id === image.id)) return image;
  // Its layers are all here, so that only what it is called, and what that stands for, comes in.
  const { bytes: manifest, indexes } = found;
  return await beginIngest(store, { manifest, indexes, config: readBlob(store.paths, image.id), names }).commit();
}

/** With a tag: that, and what the registry has under it. With a digest: only that. */
function namesOf(reference: Reference, found: FoundManifest): string[] {
  const byDigest = `${repositoryName(reference)}@${found.namedDigest}`;
  return reference.digest === undefined ? [canonicalName(reference), byDigest] : [byDigest];
}

function wantedPlatform(options: PullOptions): Platform {
  return options.platform === undefined ? hostPlatform() : normalizePlatform(asPlatform(options.platform));
}

/** A registry may have one manifest only, for whatever platform; Docker takes it unless one was asked for. */
function checkPlatform(config: ImageConfig, reference: Reference, options: PullOptions): void {
  if (config.os !== 'linux') {
    throw new TsrunError(
      'UNSUPPORTED',
      `image operating system ${JSON.stringify(config.os.slice(0, 40))} cannot be used on this platform`,
      {
        step: 1,
        path: familiarName(reference),
      },
    );
  }
  const mismatch = platformMismatch(config, familiarName(reference), options.platform);
  if (mismatch !== undefined) throw mismatch;
}
