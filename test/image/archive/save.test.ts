import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { loadImages } from '../../../src/image/archive/load.ts';
import { chooseImages } from '../../../src/image/archive/save-choice.ts';
import { saveImages, type SaveFormat } from '../../../src/image/archive/save.ts';
import { blobPath } from '../../../src/image/store/blobs.ts';
import { imageNames } from '../../../src/image/store/images.ts';
import type { Store } from '../../../src/image/store/ingest-types.ts';
import { readLayer } from '../../../src/image/store/layers.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { ingestImage, openTestStore, type TestLayer } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';
import { temporaryDirectory } from '../../helpers/trees.ts';

const bottom = tar([{ path: 'a', data: 'a'.repeat(10_000) }]);
const middle = tar([{ path: 'b', data: 'b' }]);
const top = tar([{ path: 'c', data: 'c' }]);
/** Each in another form: what goes out is inflated whatever it came as. */
const LAYERS: TestLayer[] = [{ tar: bottom, blob: gzipSync(bottom) }, { tar: middle }, { tar: top, blob: zstdCompressSync(top) }];

async function save(t: ExecutionContext, store: Store, words: string[], format: SaveFormat = 'docker-archive'): Promise<string> {
  const path = join(temporaryDirectory(t), 'archive.tar');
  const fd = openSync(path, 'w');
  try {
    await saveImages(store, chooseImages(store, words), format, fd);
  } finally {
    closeSync(fd);
  }
  return path;
}

for (const format of ['docker-archive', 'oci-archive'] as const) {
  rootTest(`${format}: images come back with their IDs, names and layers`, async (t) => {
    const store = openTestStore(t);
    const first = await ingestImage(store, LAYERS, { names: ['docker.io/library/one:1', 'docker.io/library/one:2'] });
    const second = await ingestImage(store, LAYERS.slice(0, 1), { names: ['host:5000/two:x'] });
    const archive = await save(t, store, ['one', 'host:5000/two:x'], format);
    const other = openTestStore(t);
    const loaded = await loadImages(other, archive, () => {});
    t.deepEqual(new Set(loaded.map(({ id }) => id)), new Set([first.id, second.id]));
    t.deepEqual(imageNames(other, first.id), ['docker.io/library/one:1', 'docker.io/library/one:2']);
    t.deepEqual(imageNames(other, second.id), ['host:5000/two:x']);
    const layersOf = (from: Store): unknown => first.layers.map((chainId) => readLayer(from, chainId)?.diffId);
    t.deepEqual(layersOf(other), layersOf(store));
    // What came compressed stays so in an OCI archive, and the manifest with it.
    if (format === 'oci-archive') t.is(loaded.find(({ id }) => id === first.id)?.manifestDigest, first.manifestDigest);
    const again = await save(t, other, ['one', 'host:5000/two:x'], format);
    t.deepEqual(readFileSync(again), readFileSync(archive), 'the same images make the same archive');
  });
}

rootTest('a docker-archive says what Docker wants to know, each layer once, as its diff ID hashes', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, LAYERS, { names: ['docker.io/library/one:1', 'docker.io/me/one:2'] });
  await ingestImage(store, LAYERS.slice(0, 2), { names: ['docker.io/library/base:latest'] });
  const directory = temporaryDirectory(t);
  execFileSync('tar', ['xf', await save(t, store, ['one:1', 'me/one:2', 'base']), '-C', directory]);
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  const [entry] = read('manifest.json') as { Config: string; RepoTags: string[]; Layers: string[] }[];
  t.is(entry?.Config, `blobs/sha256/${image.id.slice(7)}`);
  t.deepEqual(entry?.RepoTags, ['me/one:2', 'one:1']);
  for (const layer of entry?.Layers ?? []) {
    const [hash] = execFileSync('sha256sum', [join(directory, layer)], { encoding: 'utf8' }).split(' ');
    t.is(`blobs/sha256/${hash}`, layer);
  }
  t.deepEqual(Object.keys(read('repositories') as object), ['me/one', 'one', 'base']);
  t.is(statSync(join(directory, 'oci-layout')).size, 31);
});

rootTest('names that JavaScript has for itself are names like others', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, LAYERS, { names: ['docker.io/library/constructor:__proto__', 'docker.io/library/constructor:1'] });
  const directory = temporaryDirectory(t);
  execFileSync('tar', ['xf', await save(t, store, ['constructor']), '-C', directory]);
  const top = readLayer(store, image.layers.at(-1)!)?.diffId.slice('sha256:'.length);
  const tags = JSON.parse(readFileSync(join(directory, 'repositories'), 'utf8')) as Record<string, object>;
  t.deepEqual(Object.entries(Object.entries(tags)[0]?.[1] ?? {}), [
    ['1', top],
    ['__proto__', top],
  ]);
});

rootTest('a damaged or missing layer is told, by its digest', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, LAYERS, { names: ['docker.io/library/one:1'] });
  const layer = readLayer(store, image.layers[1]!);
  const path = blobPath(store.paths, layer!.blobDigest);
  const bytes = readFileSync(path);
  bytes[0] = 0x41;
  writeFileSync(path, bytes);
  const error = await t.throwsAsync(save(t, store, ['one:1']));
  t.true(isTsrunError(error, 'CORRUPT'));
  t.true(error?.message.includes(layer!.diffId));
});

rootTest('what is not here is refused in Docker’s words', async (t) => {
  const store = openTestStore(t);
  await ingestImage(store, LAYERS, { names: ['docker.io/library/one:1'] });
  t.throws(() => chooseImages(store, ['two']), { message: 'No such image: two' });
  t.throws(() => chooseImages(store, ['one:2']), { message: 'reference does not exist' });
});

rootTest('by its ID, or the beginning of it, an image is saved without a name', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, LAYERS, { names: ['docker.io/library/one:1'] });
  for (const word of [image.id, image.id.slice(7), image.id.slice(7, 19)]) {
    const [chosen] = chooseImages(store, [word]);
    t.deepEqual([chosen?.image.id, chosen?.references], [image.id, []]);
  }
});

const hasSkopeo = ((): boolean => {
  try {
    execFileSync('skopeo', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

if (hasSkopeo) {
  rootTest('skopeo reads both forms, and finds the image by its name', async (t) => {
    const store = openTestStore(t);
    const image = await ingestImage(store, LAYERS, { names: ['docker.io/library/one:1'] });
    const config = readFileSync(blobPath(store.paths, image.id)).toString();
    const inspect = (source: string): string =>
      execFileSync('skopeo', ['inspect', '--config', '--raw', source], { encoding: 'utf8' }).trim();
    t.is(inspect(`docker-archive:${await save(t, store, ['one:1'])}:one:1`), config);
    t.is(inspect(`oci-archive:${await save(t, store, ['one:1'], 'oci-archive')}:1`), config);
  });
} else test.skip('skopeo reads both forms (skopeo is not installed)', () => {});
