/** An unpacked layer gets its place: parents' attributes, durability, the directory's name, the row. */
import { mkdirSync, renameSync } from 'node:fs';
import { native } from '../../kernel/native.ts';
import { hasErrno } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { commitDurably } from '../../state/database.ts';
import { layerPath, layersDirectory } from '../../state/paths.ts';
import { completeFromLower } from '../layer/complete-from-lower.ts';
import { publishBlob, syncDirectory } from './blobs.ts';
import type { PreparedLayer } from './ingest-layer.ts';
import type { Store } from './ingest-types.ts';
import { insertLayer, readLayer } from './layers.ts';
import { noteUnsettled } from './unsettled.ts';

/**
 * Make a prepared layer visible on top of `parent`. Its blob and row are durable then; its files soon are (see unsettled.ts). The caller holds its scratch place, and releases it.
 * @throws TsrunError CORRUPT when it links to a file that no lower layer has.
 */
export async function commitLayer(store: Store, prepared: PreparedLayer, parent: Digest | undefined): Promise<void> {
  const { layer, report, tree } = prepared;
  const lower = lowerNames(store, parent);
  const copied = completeFromLower(tree, report, layersDirectory(store.paths), lower);
  if (prepared.blobFile !== undefined) publishBlob(store.paths, prepared.blobFile, layer.descriptor.digest);
  placeTree(store, tree, layer.chainId);
  commitDurably(store.database, () => {
    insertLayer(store, {
      chainId: layer.chainId,
      diffId: layer.diffId,
      parent,
      size: report.size + copied,
      blobDigest: layer.descriptor.digest,
      blobSize: layer.descriptor.size,
      mediaType: layer.descriptor.mediaType,
      tarSize: report.tarSize,
    });
    noteUnsettled(store, layer.chainId);
  });
}

function placeTree(store: Store, tree: string, chainId: Digest): void {
  const target = layerPath(store.paths, chainId);
  const place = (): void => renameSync(tree, target);
  try {
    place();
  } catch (error) {
    // A tree without a row: its maker died in between. We hold the layer's lock, and it has no row still.
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) native().removeTree(target);
    else if (hasErrno(error, 'ENOENT')) mkdirSync(layersDirectory(store.paths), { recursive: true, mode: 0o711 });
    else throw error;
    place();
  }
  syncDirectory(layersDirectory(store.paths));
}

/** Directory names from `parent` down to the bottom. */
function lowerNames(store: Store, parent: Digest | undefined): string[] {
  const names: string[] = [];
  for (let chainId = parent; chainId !== undefined; chainId = readLayer(store, chainId)?.parent)
    names.push(chainId.slice('sha256:'.length));
  return names;
}
