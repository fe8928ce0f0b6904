/** An image comes into the store. */
import type { ImageIngest, IngestRequest, Store } from './ingest-types.ts';

export type { ImageIngest, IngestLayer, IngestRequest, LayerLimits, LayerSink, Store } from './ingest-types.ts';

/**
 * Begin to take in an image whose manifest and config are known.
 * @throws TsrunError CORRUPT when the manifest or config isn't one, or they don't fit each other; DIGEST_MISMATCH when the
 *   config isn't the one the manifest names.
 */
export function beginIngest(store: Store, request: IngestRequest): ImageIngest {
  throw new Error(`not built yet: ${store.paths.root} ${request.names.join()}`);
}
