/** The layers of one image: downloads, three at once, each unpacked while it comes. */
import { shortId } from '../../model/short-id.ts';
import type { PullReporter } from '../../model/pull-event.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { ImageIngest, IngestLayer, LayerSink } from '../store/ingest.ts';

/** As Docker's max-concurrent-downloads. */
const AT_ONCE = 3;
/** Milliseconds between two reports of one layer. */
const REPORT_EVERY = 100;

/**
 * Bring every layer that isn't here. The first failure ends the other downloads, and is thrown when they have ended.
 * @param endDownloads makes the client's requests fail now
 * What to remove of the begun ones is the ingest's to know: call its `abort`.
 */
export async function pullLayers(
  client: RegistryClient,
  ingest: ImageIngest,
  report: PullReporter,
  endDownloads: () => void,
): Promise<void> {
  for (const layer of ingest.layers)
    report({ type: 'layer', id: idOf(layer), status: layer.present ? 'Already exists' : 'Pulling fs layer' });
  const missing = ingest.layers.filter((layer) => !layer.present);
  for (const layer of missing.slice(AT_ONCE)) report({ type: 'layer', id: idOf(layer), status: 'Waiting' });

  const failures: unknown[] = [];
  const queue = missing.values();
  const work = async (): Promise<void> => {
    // From the bottom up: the workers share one iterator.
    for (const layer of queue) {
      if (failures.length > 0) return;
      await pullLayer(client, ingest, layer, report);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failures.push(error);
      endDownloads();
    }),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
}

async function pullLayer(client: RegistryClient, ingest: ImageIngest, layer: IngestLayer, report: PullReporter): Promise<void> {
  const id = idOf(layer);
  const sink = await ingest.beginLayer(layer.index);
  if (sink === undefined) {
    report({ type: 'layer', id, status: 'Already exists' });
    return;
  }
  try {
    await download(client, sink, report);
    report({ type: 'layer', id, status: 'Verifying Checksum' });
    report({ type: 'layer', id, status: 'Download complete' });
    await unpack(sink, report);
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function download(client: RegistryClient, sink: LayerSink, report: PullReporter): Promise<void> {
  const { descriptor } = sink.layer;
  const id = idOf(sink.layer);
  let reported = 0;
  const stream = client.stream(descriptor, (wait) => report({ type: 'layer', id, status: 'Retrying', seconds: wait / 1000 }));
  for await (const chunk of stream) {
    await sink.write(chunk);
    const now = performance.now();
    if (now - reported < REPORT_EVERY) continue;
    reported = now;
    report({ type: 'layer', id, status: 'Downloading', current: sink.written, total: descriptor.size });
  }
}

async function unpack(sink: LayerSink, report: PullReporter): Promise<void> {
  const { size } = sink.layer.descriptor;
  const tell = (): void => report({ type: 'layer', id: idOf(sink.layer), status: 'Extracting', current: sink.unpacked, total: size });
  tell();
  const timer = setInterval(tell, REPORT_EVERY);
  try {
    await sink.end();
  } finally {
    clearInterval(timer);
  }
}

const idOf = (layer: IngestLayer): string => shortId(layer.descriptor.digest);
