import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobPath, readBlob } from '../../../src/image/store/blobs.ts';
import { findImageById, findImageByName, imageNames, listImages, putName } from '../../../src/image/store/images.ts';
import { beginIngest } from '../../../src/image/store/ingest.ts';
import { repairStore } from '../../../src/image/store/collect.ts';
import { sweepScratch } from '../../../src/state/scratch.ts';
import { forgetUnsettled } from '../../../src/image/store/unsettled.ts';
import { treeSize } from '../../../src/filesystem/tree-size.ts';
import type { Digest } from '../../../src/model/image.ts';
import { layerPath } from '../../../src/state/paths.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { describeImage, ingestImage, openTestStore, sha256, treeOf } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';

const layer = (name: string, size = 10): { tar: Buffer } => ({ tar: tar([{ path: name, data: name.padEnd(size, '.') }]) });
const scratchOf = (store: { paths: { root: string } }): string[] => readdirSync(join(store.paths.root, 'scratch'));

rootTest('an image is found by name, ID and prefix, and listed', async (t) => {
  const store = openTestStore(t);
  const one = await ingestImage(store, [layer('a'), layer('b')], { names: ['docker.io/library/one:latest', 'docker.io/library/uno:1'] });
  const two = await ingestImage(store, [layer('a'), layer('c')], { names: ['docker.io/library/two:latest'] });
  t.deepEqual(findImageByName(store, 'docker.io/library/one:latest'), one);
  t.is(findImageByName(store, 'docker.io/library/one:2'), undefined);
  t.deepEqual(findImageById(store, one.id.slice(7, 19)), one);
  t.deepEqual(findImageById(store, one.id), one);
  t.is(findImageById(store, 'zzz'), undefined);
  t.deepEqual(imageNames(store, one.id), ['docker.io/library/one:latest', 'docker.io/library/uno:1']);
  t.deepEqual(
    listImages(store)
      .map(({ image }) => image.id)
      .toSorted(),
    [one.id, two.id].toSorted(),
  );
  // They share the bottom layer.
  t.is(readdirSync(join(store.paths.root, 'layers')).length, 3);
  t.is(one.size, 20);
  t.is(readBlob(store.paths, one.id).length > 0, true);
  t.is(sha256(readBlob(store.paths, one.manifestDigest)), one.manifestDigest);
  putName(store, 'docker.io/library/one:latest', two.id);
  t.is(findImageByName(store, 'docker.io/library/one:latest')?.id, two.id);
  t.deepEqual(imageNames(store, one.id), ['docker.io/library/uno:1']);
});

rootTest('an ID prefix that several images have is a CONFLICT', async (t) => {
  const store = openTestStore(t);
  const seen = new Map<string, string>();
  for (let number = 0; ; number++) {
    const { id } = await ingestImage(store, [], { names: [`docker.io/library/n:${number}`] });
    const digit = id.slice(7, 8);
    if (seen.has(digit) && seen.get(digit) !== id) {
      t.true(
        isTsrunError(
          t.throws(() => findImageById(store, digit)),
          'CONFLICT',
        ),
      );
      return;
    }
    seen.set(digit, id);
    // Another config each time.
    const made = describeImage([], { author: String(number) });
    const ingest = beginIngest(store, { ...made, names: [] });
    const image = await ingest.commit();
    const other = image.id.slice(7, 8);
    if (seen.has(other) && seen.get(other) !== image.id) {
      t.true(
        isTsrunError(
          t.throws(() => findImageById(store, other)),
          'CONFLICT',
        ),
      );
      return;
    }
    seen.set(other, image.id);
  }
});

rootTest('layers in parallel, upper ones first done, are committed from the bottom up', async (t) => {
  const store = openTestStore(t);
  const layers = [layer('bottom', 1000), layer('middle'), layer('top')];
  const told: number[] = [];
  const ingest = beginIngest(store, { ...describeImage(layers), names: [], onCommitted: ({ index }) => told.push(index) });
  const sinks = [];
  for (const { index } of ingest.layers) sinks.push(await ingest.beginLayer(index));
  for (const index of [2, 1, 0]) {
    await sinks[index]?.write(layers[index]?.tar ?? new Uint8Array(0));
    await sinks[index]?.end();
    if (index > 0) t.deepEqual(told, []);
  }
  const image = await ingest.commit();
  t.deepEqual(told, [0, 1, 2]);
  t.is(image.layers.length, 3);
  t.deepEqual(scratchOf(store), []);
  // Again: all of it is here.
  const again = beginIngest(store, { ...describeImage(layers), names: [] });
  t.true(again.layers.every(({ present }) => present));
  t.is(await again.beginLayer(1), undefined);
  t.deepEqual(await again.commit(), image);
});

rootTest('two at once do the work once', async (t) => {
  const store = openTestStore(t);
  const layers = [layer('same', 500_000)];
  const first = beginIngest(store, { ...describeImage(layers), names: ['docker.io/library/a:1'] });
  const second = beginIngest(store, { ...describeImage(layers), names: ['docker.io/library/b:1'] });
  const sink = await first.beginLayer(0);
  let secondGot: unknown = 'nothing yet';
  const waiting = second.beginLayer(0).then((got) => (secondGot = got));
  await sink?.write(layers[0]?.tar ?? new Uint8Array(0));
  await sleep(30);
  t.is(secondGot, 'nothing yet');
  await sink?.end();
  await waiting;
  t.is(secondGot, undefined);
  const [one, two] = [await first.commit(), await second.commit()];
  t.is(one.id, two.id);
  t.deepEqual(imageNames(store, one.id), ['docker.io/library/a:1', 'docker.io/library/b:1']);
});

rootTest('when the first one gives up, the second one does the work', async (t) => {
  const store = openTestStore(t);
  const layers = [layer('same', 500_000)];
  const first = beginIngest(store, { ...describeImage(layers), names: [] });
  await first.beginLayer(0);
  const second = ingestImage(store, layers);
  await sleep(30);
  await first.abort();
  t.is((await second).layers.length, 1);
  t.deepEqual(scratchOf(store), []);
});

rootTest('a blob that is here is unpacked on other layers without new bytes; a damaged one is fetched again', async (t) => {
  const store = openTestStore(t);
  const shared = layer('shared', 3000);
  await ingestImage(store, [shared]);
  const other = [layer('other'), shared];
  const ingest = beginIngest(store, { ...describeImage(other), names: [] });
  const sink = await ingest.beginLayer(0);
  await sink?.write(other[0]?.tar ?? new Uint8Array(0));
  await sink?.end();
  t.is(await ingest.beginLayer(1), undefined);
  const image = await ingest.commit();
  t.is(statSync(join(treeOf(store, image), 'shared')).size, 3000);

  writeFileSync(blobPath(store.paths, sha256(shared.tar)), Buffer.alloc(shared.tar.length));
  const third = await ingestImage(store, [layer('third'), shared]);
  t.is(statSync(join(treeOf(store, third), 'shared')).size, 3000);
  t.is(sha256(readBlob(store.paths, sha256(shared.tar))), sha256(shared.tar));
});

rootTest('bytes that are too many, too few or wrong', async (t) => {
  const store = openTestStore(t);
  const layers = [layer('x', 2000)];
  const bytes = layers[0]?.tar ?? Buffer.alloc(0);
  const wrong = Buffer.from(bytes);
  wrong[600] = 0x21;
  for (const given of [Buffer.concat([bytes, Buffer.alloc(1)]), bytes.subarray(0, -512), wrong]) {
    const ingest = beginIngest(store, { ...describeImage(layers), names: [] });
    const sink = await ingest.beginLayer(0);
    const error = await t.throwsAsync(async () => {
      await sink?.write(given);
      await sink?.end();
    });
    t.true(isTsrunError(error, 'DIGEST_MISMATCH'), error?.message);
    await t.throwsAsync(ingest.commit(), { message: error?.message ?? '' });
  }
  t.deepEqual(scratchOf(store), []);
  t.deepEqual(existsSync(join(store.paths.root, 'layers')) ? readdirSync(join(store.paths.root, 'layers')) : [], []);
});

rootTest('manifests and configs that do not fit are refused', (t) => {
  const store = openTestStore(t);
  const good = describeImage([layer('x')]);
  const twoLayers = describeImage([layer('x'), layer('y')]);
  const begin = (config: Buffer, manifest: Buffer): unknown => beginIngest(store, { config, manifest, names: [] });
  t.true(
    isTsrunError(
      t.throws(() => begin(twoLayers.config, good.manifest)),
      'DIGEST_MISMATCH',
    ),
  );
  t.true(
    isTsrunError(
      t.throws(() => begin(good.config, Buffer.from('{'))),
      'CORRUPT',
    ),
  );
  const reconfigured = { ...(JSON.parse(good.manifest.toString()) as { config: object }) };
  reconfigured.config = { ...reconfigured.config, digest: sha256(twoLayers.config) };
  t.true(
    isTsrunError(
      t.throws(() => begin(twoLayers.config, Buffer.from(JSON.stringify(reconfigured)))),
      'CORRUPT',
    ),
  );
  const noRoot = Buffer.from('{"rootfs":{"type":"layers","diff_ids":["nonsense"]}}');
  reconfigured.config = { ...reconfigured.config, digest: sha256(noRoot) };
  t.true(
    isTsrunError(
      t.throws(() => begin(noRoot, Buffer.from(JSON.stringify(reconfigured)))),
      'CORRUPT',
    ),
  );
});

rootTest('a full disk: NO_SPACE, and nothing left', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-full-'));
  const script = `mount -t tmpfs -o size=4m none "$1" && cd "$2" && exec "$3" test/helpers/fill-store.ts "$1"`;
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  // In a mount namespace of its own, so that the small disk goes with the process.
  const said = execFileSync(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', folder, join(import.meta.dirname, '../../..'), process.execPath],
    { encoding: 'utf8' },
  );
  const { code, scratch, layers, message } = JSON.parse(said) as { code: string; scratch: string[]; layers: string[]; message: string };
  t.is(code, 'NO_SPACE', message);
  t.deepEqual(scratch, []);
  t.deepEqual(layers, []);
});

rootTest('killed in the middle: the next sweep leaves nothing', async (t) => {
  const store = openTestStore(t);
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../helpers/stuck-ingest.ts'), store.paths.root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  t.is(sweepScratch(store.paths), 0); // its lock is held
  t.true(scratchOf(store).length > 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.is(sweepScratch(store.paths), 2); // the layer's place, and what the image held
  t.deepEqual(scratchOf(store), []);
  // A layer whose row was never written.
  mkdirSync(join(store.paths.root, 'layers', 'a'.repeat(64), 'x'), { recursive: true });
  repairStore(store);
  t.deepEqual(readdirSync(join(store.paths.root, 'layers')), []);
});

rootTest(
  'a layer that did not reach the disk before a power cut is forgotten after the boot, and comes back without a download; a whole one stays',
  async (t) => {
    const store = openTestStore(t);
    const layers = [layer('bottom'), layer('middle'), layer('top')];
    const image = await ingestImage(store, layers, { names: ['docker.io/library/x:1'] });
    const other = await ingestImage(store, [layer('bottom')]);
    const fileSizes = (directory: string): number => treeSize(directory, (stats) => stats.isFile());
    t.deepEqual(forgetUnsettled(store, fileSizes), []); // the same boot
    const notes = (): number =>
      Number(store.database.prepare("SELECT count(*) AS n FROM facts WHERE name LIKE 'unsettled %'").get()?.['n']);
    t.is(notes(), 3);
    // As if the middle one was written in another boot.
    store.database.prepare('UPDATE facts SET value = ? WHERE name = ?').run('another-boot 5', `unsettled ${image.layers[1]}`);
    const middle = layerPath(store.paths, image.layers[1] as Digest);
    t.deepEqual(forgetUnsettled(store, fileSizes), []);
    t.is(notes(), 2);
    store.database.prepare('INSERT INTO facts (name, value) VALUES (?, ?)').run(`unsettled ${image.layers[1]}`, 'another-boot 5');
    // What ext4 leaves of a file whose data was not written.
    for (const name of readdirSync(middle)) truncateSync(join(middle, name), 0);
    t.deepEqual(forgetUnsettled(store, fileSizes), [image.id]);
    t.is(findImageByName(store, 'docker.io/library/x:1'), undefined);
    t.deepEqual(findImageById(store, other.id), other);
    t.deepEqual(readdirSync(join(store.paths.root, 'layers')), [image.layers[0]?.slice(7) ?? '']);
    const again = beginIngest(store, { ...describeImage(layers), names: [] });
    for (const { index } of again.layers) t.is(await again.beginLayer(index), undefined);
    t.deepEqual((await again.commit()).layers, image.layers);
    // A minute later they are settled.
    store.database.exec("UPDATE facts SET value = substr(value, 1, 37) || '-100' WHERE name LIKE 'unsettled %'");
    beginIngest(store, { ...describeImage(layers), names: [] });
    t.is(notes(), 0);
  },
);
