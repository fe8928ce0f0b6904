/**
 * Step 1 of a run: the image here, or pulled. On the start path: the registry's code is loaded only to pull.
 */
import { traceCall } from '../../kernel/trace.ts';
import { TsrunError, isTsrunError } from '../../model/errors.ts';
import type { Image } from '../../model/image.ts';
import type { PullPolicy } from '../../model/run-request.ts';
import type { PullReporter } from '../../model/pull-event.ts';
import { parseReference } from '../reference/parse.ts';
import { canonicalName, familiarName } from '../reference/reference.ts';
import { findImageById, findImageByName } from '../store/images.ts';
import type { Store } from '../store/ingest-types.ts';
import type { PullOptions } from './options.ts';

/** What a run needs to know of its image. */
export interface ResolvedImage {
  image: Image;
  /** As `ps` prints it: the familiar name, or what was typed for an ID. */
  name: string;
}

/**
 * The image that `text` names: a reference, or an ID or its beginning.
 * @throws TsrunError NOT_FOUND `No such image: x:latest` with policy never; INVALID_REFERENCE; and as `pullImage`
 */
export async function resolveImage(
  store: Store,
  text: string,
  policy: PullPolicy,
  options: PullOptions,
  report: PullReporter,
): Promise<ResolvedImage> {
  const here =
    policy === 'always'
      ? undefined
      : traceCall(
          'SELECT',
          () => `the image ${text} from the database`,
          () => findImage(store, text),
        );
  const mismatch = here === undefined ? undefined : await mismatchOf(here, options);
  if (here !== undefined && mismatch === undefined) return here;
  const reference = parseReference(text);
  const name = familiarName(reference);
  if (policy === 'never') {
    throw (
      mismatch ?? new TsrunError('NOT_FOUND', `No such image: ${name}`, { step: 1, path: name, hint: `pull it first: tsrun pull ${name}` })
    );
  }
  // First: where it isn't in this bundle, what is printed would be printed twice.
  const { pullImage } = await import('./pull.ts');
  if (policy === 'missing') report({ type: 'missing', name });
  return { image: await pullImage(store, reference, options, report), name };
}

/** The image that is here under `text`: by name first, then by ID, as Docker looks. */
export function findImage(store: Store, text: string): ResolvedImage | undefined {
  const byName = findByName(store, text);
  if (byName !== undefined) return byName;
  if (!/^(?:sha256:)?[0-9a-f]{1,64}$/.test(text)) return undefined;
  const image = findImageById(store, text);
  return image === undefined ? undefined : { image, name: text };
}

function findByName(store: Store, text: string): ResolvedImage | undefined {
  try {
    const reference = parseReference(text);
    const image = findImageByName(store, canonicalName(reference));
    return image === undefined ? undefined : { image, name: familiarName(reference) };
  } catch (error) {
    // An ID written out is no reference; whether it is an image is asked next.
    if (isTsrunError(error, 'INVALID_REFERENCE')) return undefined;
    throw error;
  }
}

/** With `--platform`, an image that is here for another one counts as missing. */
async function mismatchOf({ image, name }: ResolvedImage, { platform }: PullOptions): Promise<TsrunError | undefined> {
  if (platform === undefined) return undefined;
  const { platformMismatch } = await import('./check-platform.ts');
  return platformMismatch(image.config, name, platform);
}
