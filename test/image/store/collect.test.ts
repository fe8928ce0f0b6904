/** What is removed, what stays, and that nothing is lost where images come in at the same time. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { allocateOverlay } from '../../../src/filesystem/overlay.ts';
import { blobPath, blobSize } from '../../../src/image/store/blobs.ts';
import { blobsOnDisk, collectGarbage, removeFromStore, repairStore } from '../../../src/image/store/collect.ts';
import { forgetImage, forgetLayers } from '../../../src/image/store/forget.ts';
import { listImages } from '../../../src/image/store/images.ts';
import { beginIngest, type Store } from '../../../src/image/store/ingest.ts';
import type { Digest, Image } from '../../../src/model/image.ts';
import { initLayersDirectory, layerPath } from '../../../src/state/paths.ts';
import { describeImage, ingestImage, openTestStore, sha256, type TestLayer } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';

const layer = (name: string): TestLayer => ({ tar: tar([{ path: name, data: name }]) });
const trees = (store: Store): string[] => readdirSync(join(store.paths.root, 'layers')).toSorted();
const scratch = (store: Store): string[] => readdirSync(join(store.paths.root, 'scratch'));

function remove(store: Store, image: Image): Digest[] {
  return removeFromStore(store, (held) => {
    forgetImage(store, image.id);
    return forgetLayers(store, image.layers, held).map(({ chainId }) => chainId);
  });
}

rootTest('layers that another image has stay; the rest goes from the top down, with its blobs and trees', async (t) => {
  const store = openTestStore(t);
  const one = await ingestImage(store, [layer('a'), layer('b'), layer('c')]);
  const two = await ingestImage(store, [layer('a'), layer('d')]);
  t.deepEqual(remove(store, one), [one.layers[2], one.layers[1]]);
  t.deepEqual(trees(store), two.layers.map((chainId) => chainId.slice(7)).toSorted());
  t.is(blobSize(store.paths, one.manifestDigest), undefined);
  t.not(blobSize(store.paths, two.manifestDigest), undefined);
  t.deepEqual(remove(store, two), two.layers.toReversed());
  t.deepEqual(trees(store), []);
  t.deepEqual(blobsOnDisk(store.paths), []);
  t.deepEqual(scratch(store), []);
});

rootTest('an image that comes in keeps the layers it found, though the image they came with is removed', async (t) => {
  const store = openTestStore(t);
  const base = await ingestImage(store, [layer('a'), layer('b')]);
  const layers = [layer('a'), layer('b'), layer('new')];
  const ingest = beginIngest(store, { ...describeImage(layers), names: [] });
  t.deepEqual(
    ingest.layers.map(({ present }) => present),
    [true, true, false],
  );
  t.deepEqual(remove(store, base), []);
  collectGarbage(store);
  const sink = await ingest.beginLayer(2);
  await sink?.write(layers[2]?.tar ?? new Uint8Array(0));
  await sink?.end();
  collectGarbage(store);
  const image = await ingest.commit();
  for (const [index, chainId] of image.layers.entries()) {
    t.true(existsSync(layerPath(store.paths, chainId)));
    t.not(blobSize(store.paths, sha256(layers[index]?.tar ?? new Uint8Array(0))), undefined);
  }
  // Nobody holds them now.
  remove(store, image);
  t.deepEqual(blobsOnDisk(store.paths), []);
});

rootTest('what an image that gave up left is collected, and not before', async (t) => {
  const store = openTestStore(t);
  const layers = [layer('a'), layer('b')];
  const ingest = beginIngest(store, { ...describeImage(layers), names: [] });
  const sink = await ingest.beginLayer(0);
  await sink?.write(layers[0]?.tar ?? new Uint8Array(0));
  await sink?.end();
  t.deepEqual(collectGarbage(store), []);
  await ingest.abort();
  // Kept for whoever tries again, until somebody collects.
  repairStore(store);
  t.is(trees(store).length, 1);
  t.deepEqual(
    collectGarbage(store).map(({ size }) => size),
    [1],
  );
  t.deepEqual(trees(store), []);
  t.deepEqual(blobsOnDisk(store.paths), []);
});

rootTest('files that no row knows go; what has another form of name is left alone', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [layer('a')]);
  const stray: Digest = `sha256:${'e'.repeat(64)}`;
  writeFileSync(blobPath(store.paths, stray), 'x');
  writeFileSync(`${blobPath(store.paths, stray)}.note`, 'mine');
  mkdirSync(join(layerPath(store.paths, stray), 'deep/er'), { recursive: true });
  repairStore(store);
  t.is(blobSize(store.paths, stray), undefined);
  t.true(existsSync(`${blobPath(store.paths, stray)}.note`));
  t.deepEqual(
    trees(store),
    image.layers.map((chainId) => chainId.slice(7)),
  );
});

rootTest('an init layer goes with the layer that it is for', async (t) => {
  const store = openTestStore(t);
  const [below, above] = [await ingestImage(store, [layer('a')]), await ingestImage(store, [layer('a'), layer('b')])];
  for (const image of [below, above]) allocateOverlay(store.paths, image.id.slice(7), image);
  const inits = (): string[] => readdirSync(initLayersDirectory(store.paths)).toSorted();
  const chain = above.layers.map((chainId) => chainId.slice(7));
  t.deepEqual(inits(), chain.toSorted());
  repairStore(store);
  t.deepEqual(inits(), chain.toSorted());
  remove(store, below);
  t.deepEqual(inits(), chain.toSorted(), 'the layer is there for the other image');
  remove(store, above);
  t.deepEqual(inits(), []);
  t.deepEqual(readdirSync(join(store.paths.root, 'scratch')), []);
});

rootTest('whatever comes and goes in whatever order, what is recorded is there, and nothing else is', async (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), layers: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('remove' as const), which: fc.nat(9) }),
    fc.record({ kind: fc.constant('begin' as const), layers: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      const store = openTestStore(t);
      const open: { abort(): Promise<void> }[] = [];
      for (const each of steps) {
        const images = listImages(store);
        const chosen = each.kind === 'remove' ? images[each.which % Math.max(images.length, 1)] : undefined;
        if (chosen !== undefined) remove(store, chosen.image);
        if (each.kind === 'add') await ingestImage(store, each.layers.map(layer));
        if (each.kind === 'begin') open.push(beginIngest(store, { ...describeImage(each.layers.map(layer)), names: [] }));
        for (const { image } of listImages(store)) {
          if (blobSize(store.paths, image.manifestDigest) === undefined || blobSize(store.paths, image.id) === undefined) return false;
          if (!image.layers.every((chainId) => existsSync(layerPath(store.paths, chainId)))) return false;
        }
      }
      for (const each of open) await each.abort();
      for (const { image } of listImages(store)) remove(store, image);
      collectGarbage(store);
      return blobsOnDisk(store.paths).length === 0 && (!existsSync(join(store.paths.root, 'layers')) || trees(store).length === 0);
    }),
    { numRuns: 12 },
  );
  t.pass();
});
