/** Images that are here: find, list, name. */
import type { Digest, Image } from '../../model/image.ts';
import type { Store } from './ingest-types.ts';

/** The image with this ID; undefined when it isn't here. */
export function readImage(store: Store, id: Digest): Image | undefined {
  throw new Error(`not built yet: ${store.paths.root} ${id}`);
}

/** The image with this canonical name (with tag or digest). */
export function findImageByName(store: Store, canonicalName: string): Image | undefined {
  throw new Error(`not built yet: ${store.paths.root} ${canonicalName}`);
}

/**
 * The image whose ID is, or begins with, `text` (hex digits, with or without `sha256:`).
 * @throws TsrunError CONFLICT when several begin so.
 */
export function findImageById(store: Store, text: string): Image | undefined {
  throw new Error(`not built yet: ${store.paths.root} ${text}`);
}

/** All images, newest first, each with its canonical names, sorted. */
export function listImages(store: Store): { image: Image; names: string[] }[] {
  throw new Error(`not built yet: ${store.paths.root}`);
}

/** Canonical names of one image, sorted. */
export function imageNames(store: Store, id: Digest): string[] {
  throw new Error(`not built yet: ${store.paths.root} ${id}`);
}

/** Give an image one more name, taking it from another image that has it. */
export function nameImage(store: Store, canonicalName: string, id: Digest): void {
  throw new Error(`not built yet: ${store.paths.root} ${canonicalName} ${id}`);
}
