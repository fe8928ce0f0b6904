/** The layers of one image go to a registry, several at once; what is there already isn't sent. */
import { statSync } from 'node:fs';
import { shortId } from '../../model/short-id.ts';
import type { PushEvent, PushReporter } from '../../model/push-event.ts';
import type { Publisher } from '../registry/publisher.ts';
import type { BlobContent, UploadSource } from '../registry/upload.ts';
import type { Store } from '../store/ingest-types.ts';
import { rememberCompressed } from './compressed-layers.ts';
import { CompressedTar, storedBlob, type OnRead } from './layer-sources.ts';
import type { PushedLayer } from './plan-push.ts';

/** As Docker's max-concurrent-uploads. */
const AT_ONCE = 5;
/** Milliseconds between two reports of one layer. */
const REPORT_EVERY = 100;

/**
 * Send every layer that the registry doesn't have. The first failure ends the others, and is thrown when they have ended.
 * @param layers from the bottom up; one may be there several times
 * @param endUploads makes the publisher's requests fail now
 * @returns what each is at the registry
 */
export async function pushLayers(
  store: Store,
  publisher: Publisher,
  layers: readonly PushedLayer[],
  report: PushReporter,
  endUploads: () => void,
): Promise<BlobContent[]> {
  // Docker begins with the uppermost.
  const listed = layers.toReversed();
  for (const layer of listed) report({ type: 'layer', id: idOf(layer), status: 'Preparing' });
  const distinct = [...new Map(listed.map((layer) => [layer.diffId, layer])).values()];
  for (const layer of distinct.slice(AT_ONCE)) report({ type: 'layer', id: idOf(layer), status: 'Waiting' });

  const done = new Map<string, BlobContent>();
  const failures: unknown[] = [];
  const queue = distinct.values();
  const work = async (): Promise<void> => {
    // The workers share one iterator.
    for (const layer of queue) {
      if (failures.length > 0) return;
      done.set(layer.diffId, await pushLayer(store, publisher, layer, report));
    }
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failures.push(error);
      endUploads();
    }),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  return layers.map((layer) => done.get(layer.diffId) ?? layer.descriptor);
}

async function pushLayer(store: Store, publisher: Publisher, layer: PushedLayer, report: PushReporter): Promise<BlobContent> {
  const id = idOf(layer);
  const tell = (status: Extract<PushEvent, { type: 'layer' }>['status']): void => report({ type: 'layer', id, status });
  const { known } = layer;
  if (layer.isForeign) {
    tell('Skipped foreign layer');
    return layer.descriptor;
  }
  if (known !== undefined && (await publisher.has(known))) {
    tell('Layer already exists');
    return known;
  }
  let location: URL | undefined;
  if (known !== undefined) {
    for (const from of layer.elsewhere) {
      const mounted = await publisher.mount(known.digest, from);
      if (mounted === 'mounted') {
        tell(`Mounted from ${from}`);
        return known;
      }
      location = mounted;
      if (location !== undefined) break;
    }
  }
  const source = sourceOf(layer, progressOf(layer, report));
  const content = await publisher.upload(source, {
    what: `layer ${id}`,
    location,
    onRetry: (wait) => report({ type: 'layer', id, status: 'Retrying', seconds: wait / 1000 }),
  });
  if (layer.compress) rememberCompressed(store, layer.diffId, content);
  tell('Pushed');
  return content;
}

function sourceOf(layer: PushedLayer, onRead: OnRead): UploadSource {
  return layer.compress ? new CompressedTar(layer.path, layer.diffId, onRead) : storedBlob(layer.path, layer.descriptor, onRead);
}

/** `Pushing`, not too often; in bytes of the file that is read. */
function progressOf(layer: PushedLayer, report: PushReporter): OnRead {
  const total = statSync(layer.path, { throwIfNoEntry: false })?.size ?? 0;
  let reported = 0;
  return (current) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY) return;
    reported = now;
    report({ type: 'layer', id: idOf(layer), status: 'Pushing', current, total });
  };
}

const idOf = ({ diffId }: PushedLayer): string => shortId(diffId);
