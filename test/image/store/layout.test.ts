/** The store is an OCI layout: what other tools read of it is what is there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { blobPath, blobSize } from '../../../src/image/store/blobs.ts';
import { collectGarbage } from '../../../src/image/store/collect.ts';
import { findImageByName, putName, readImage } from '../../../src/image/store/images.ts';
import { beginIngest, type Store } from '../../../src/image/store/ingest.ts';
import { changeNames, layoutIndexPath, writeLayoutIndex } from '../../../src/image/store/layout-index.ts';
import type { Descriptor, Digest, Image } from '../../../src/model/image.ts';
import { mustRun } from '../../helpers/command.ts';
import { describeImage, ingestImage, openTestStore, sha256, type TestLayer } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';
import { gzipSync } from 'node:zlib';

const layer = (name: string): TestLayer => ({ tar: tar([{ path: name, data: name }]) });
const zipped = (name: string): TestLayer => ({ ...layer(name), blob: gzipSync(layer(name).tar) });

const readIndex = (store: Store): Descriptor[] =>
  (JSON.parse(readFileSync(layoutIndexPath(store.paths), 'utf8')) as { manifests: Descriptor[] }).manifests;
const refName = ({ annotations }: Descriptor): string | undefined => annotations?.['org.opencontainers.image.ref.name'];

function temporary(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-layout-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An index of this machine's image and of one that isn't here. */
function makeIndex(manifest: Buffer): Buffer {
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const entry = (digest: Digest, size: number, architecture: string): object => ({
    mediaType: type,
    digest,
    size,
    platform: { architecture, os: 'linux' },
  });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        entry(`sha256:${'5'.repeat(64)}`, 7, 's390x'),
        entry(sha256(manifest), manifest.length, process.arch === 'arm64' ? 'arm64' : 'amd64'),
      ],
    }),
  );
}

async function ingestByIndex(store: Store, layers: readonly TestLayer[], names: string[]): Promise<{ image: Image; index: Digest }> {
  const made = describeImage(layers, { architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' });
  const index = makeIndex(made.manifest);
  const ingest = beginIngest(store, { ...made, indexes: [index], names });
  for (const { index: position } of ingest.layers) {
    const sink = await ingest.beginLayer(position);
    const given = layers[position];
    await sink?.write(given?.blob ?? given?.tar ?? new Uint8Array(0));
    await sink?.end();
  }
  return { image: await ingest.commit(), index: sha256(index) };
}

rootTest('skopeo and umoci read what is here, by the names that images has', async (t) => {
  const store = openTestStore(t);
  const one = await ingestImage(store, [layer('a'), layer('b')], {
    names: ['docker.io/library/one:1', 'registry.example:5000/team/one:latest'],
  });
  const two = await ingestByIndex(store, [layer('a'), layer('c')], ['docker.io/library/two:latest']);
  await ingestImage(store, [layer('nameless')]);

  const listed = await mustRun('umoci', ['list', '--layout', store.paths.root]);
  t.deepEqual(listed.trim().split('\n').toSorted(), ['one:1', 'registry.example:5000/team/one:latest', 'two:latest']);

  const folder = temporary(t);
  for (const [name, id] of [
    ['one:1', one.id],
    ['registry.example:5000/team/one:latest', one.id],
    ['two:latest', two.image.id],
  ] as const) {
    const target = join(folder, name.replaceAll(/[/:]/g, '-'));
    await mustRun('skopeo', ['--insecure-policy', 'copy', '--quiet', `oci:${store.paths.root}:${name}`, `dir:${target}`]);
    const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as { config: Descriptor; layers: Descriptor[] };
    t.is(manifest.config.digest, id);
    for (const { digest } of [manifest.config, ...manifest.layers])
      t.is(sha256(readFileSync(join(target, digest.slice('sha256:'.length)))), digest);
  }
  // umoci unpacks it: manifest, config and layers are what they should be.
  await mustRun('umoci', ['unpack', '--image', `${store.paths.root}:one:1`, join(folder, 'bundle')]);
  t.is(readFileSync(join(folder, 'bundle/rootfs/b'), 'utf8'), 'b');
  t.deepEqual(readIndex(store).map(refName), [undefined, 'one:1', 'two:latest', 'registry.example:5000/team/one:latest']);
});

rootTest('an index is kept as such, as long as a name stands for it', async (t) => {
  const store = openTestStore(t);
  const { image, index } = await ingestByIndex(store, [layer('a')], ['docker.io/library/x:1', 'docker.io/library/x@sha256:0']);
  t.is(readIndex(store)[0]?.digest, index);
  t.is(readIndex(store)[0]?.mediaType, 'application/vnd.oci.image.index.v1+json');
  collectGarbage(store);
  t.not(blobSize(store.paths, index), undefined);
  changeNames(store, () => {
    store.database.exec('DELETE FROM image_names');
    putName(store, 'docker.io/library/y:1', image.id);
  });
  t.is(readIndex(store)[0]?.digest, image.manifestDigest);
  collectGarbage(store);
  t.is(blobSize(store.paths, index), undefined);
  t.not(blobSize(store.paths, image.manifestDigest), undefined);
});

rootTest('a manifest names only blobs that are here: it is written anew where a layer came in another form', async (t) => {
  const store = openTestStore(t);
  await ingestImage(store, [layer('base')], { names: ['docker.io/library/plain:1'] });
  const image = await ingestImage(store, [zipped('base'), zipped('top')], { names: ['docker.io/library/zipped:1'] });
  const manifest = JSON.parse(readFileSync(blobPath(store.paths, image.manifestDigest), 'utf8')) as { layers: Descriptor[] };
  t.deepEqual(
    manifest.layers.map(({ digest }) => digest),
    [sha256(layer('base').tar), sha256(zipped('top').blob ?? new Uint8Array(0))],
  );
  for (const { digest, size } of manifest.layers) t.is(blobSize(store.paths, digest), size);
  // The same image in yet another form keeps the manifest that it has.
  await ingestImage(store, [zipped('base'), layer('top')], { names: ['docker.io/library/again:1'] });
  t.is(findImageByName(store, 'docker.io/library/again:1')?.id, image.id);
  t.is(readImage(store, image.id)?.manifestDigest, image.manifestDigest);
  await mustRun('skopeo', ['--insecure-policy', 'copy', '--quiet', `oci:${store.paths.root}:zipped:1`, `dir:${temporary(t)}`]);
});

rootTest('index.json is made of the rows again, whatever it says', async (t) => {
  const store = openTestStore(t);
  await ingestImage(store, [layer('a')], { names: ['docker.io/library/x:1'] });
  const before = readFileSync(layoutIndexPath(store.paths), 'utf8');
  t.false(writeLayoutIndex(store));
  for (const damaged of ['', '{', '{"manifests":[]}', 'null']) {
    writeFileSync(layoutIndexPath(store.paths), damaged);
    t.true(writeLayoutIndex(store), damaged);
    t.is(readFileSync(layoutIndexPath(store.paths), 'utf8'), before, damaged);
  }
  rmSync(join(store.paths.root, 'oci-layout'));
  t.true(writeLayoutIndex(store));
  t.is(readFileSync(join(store.paths.root, 'oci-layout'), 'utf8'), '{"imageLayoutVersion":"1.0.0"}');
});
