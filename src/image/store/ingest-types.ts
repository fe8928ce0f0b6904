/**
 * How an image comes into the store: the faces that a registry client or an archive loader sees. `ingest.ts` does it.
 *
 *     const ingest = beginIngest(store, { manifest, config, names });
 *     for (const layer of ingest.layers) {              // several at once, begun from the bottom up
 *       const sink = await ingest.beginLayer(layer.index);
 *       if (sink === undefined) continue;               // "Already exists"
 *       for await (const chunk of body) await sink.write(chunk);
 *       await sink.end();                               // "Pull complete" comes with onCommitted
 *     }
 *     const image = await ingest.commit();
 *
 * Bytes are hashed, kept as a blob, inflated and unpacked while they arrive.
 */
import type { DatabaseSync } from '../../state/database.ts';
import type { EnginePaths } from '../../state/paths.ts';
import type { Descriptor, Digest, Image } from '../../model/image.ts';

/** What every function of the store needs. */
export interface Store {
  readonly paths: EnginePaths;
  readonly database: DatabaseSync;
  /** What a layer may become, where it isn't the default. */
  readonly limits?: Partial<LayerLimits>;
}

export interface IngestRequest {
  /** The image's own manifest (OCI, or Docker schema 2), as its bytes came; they are kept, and their digest is the manifest digest. */
  manifest: Uint8Array;
  /** The indexes that led to the manifest, the outermost first: its digest is what the image's names stand for. */
  indexes?: readonly Uint8Array[];
  /** The image it was committed or built from, if that is here. */
  parent?: Digest;
  /** The config blob. Its digest must be the manifest's `config.digest`. */
  config: Uint8Array;
  /** Canonical names the image gets, with tag or digest (image_names.name). An older image that had one loses it. */
  names: readonly string[];
  /** Called when a layer is unpacked, verified, and visible: `Pull complete`. In order, from the bottom up. */
  onCommitted?: (layer: IngestLayer) => void;
  /** Limits of what a layer may become. */
  limits?: Partial<LayerLimits>;
}

/** Against decompression bombs. */
export interface LayerLimits {
  /** Bytes of one inflated layer. */
  maxBytes: number;
  /** Entries in one layer. */
  maxEntries: number;
}

export interface IngestLayer {
  /** 0 is the bottom. */
  readonly index: number;
  /** The blob: media type, digest and size as the manifest says. */
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly chainId: Digest;
  /** Whether it was here when the ingest began: needs no `beginLayer` (which would give undefined). */
  readonly present: boolean;
}

/** Where the bytes of one blob go. One `write` at a time. */
export interface LayerSink {
  readonly layer: IngestLayer;
  /** Bytes written so far: where a broken download goes on from. */
  readonly written: number;
  /** Of those, bytes inflated and handed to the unpacker: for `Extracting`. */
  readonly unpacked: number;
  /**
   * Take the next bytes of the blob. The chunk is the sink's from now on: don't reuse its memory. Await it: it is how a
   * fast download waits for a slow disk.
   * @throws TsrunError of the layer's first failure: CORRUPT, HOSTILE, NO_SPACE, DIGEST_MISMATCH (more bytes than promised).
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * All bytes came. Resolves when they are unpacked and both digests are right; it doesn't wait for lower layers.
   * @throws TsrunError as `write`, and DIGEST_MISMATCH.
   */
  end(): Promise<void>;
  /** Give up: nothing of the layer stays. After `end` it does nothing. Never throws. */
  abort(): Promise<void>;
}

/** One image coming in. */
export interface ImageIngest {
  readonly layers: readonly IngestLayer[];
  /**
   * Begin layer `index`. Waits while another process (or ingest) unpacks the same one. Undefined when the layer is here,
   * or its blob is and was unpacked again: then nothing needs to be downloaded.
   * Begin layers from the bottom up: two pulls of one image could wait for each other otherwise.
   */
  beginLayer(index: number): Promise<LayerSink | undefined>;
  /**
   * Take layer `index` from a file in scratch that holds its blob, hashed and synced by the caller; the file becomes the blob.
   * @throws TsrunError as LayerSink.write and end
   */
  addLayerFile(index: number, path: string): Promise<void>;
  /**
   * When every layer is here: record the image and its names, durably.
   * @throws TsrunError INTERNAL when a layer was never begun; or the failure of a layer.
   */
  commit(): Promise<Image>;
  /** Give up: begun layers that aren't committed are removed, committed ones stay (they are whole). Never throws. */
  abort(): Promise<void>;
}
