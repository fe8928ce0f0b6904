import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import { fixture } from '../../../rootfs-fixtures/fixtures.ts';
import { loadImages, loadLine, type LoadEvent } from '../../../src/image/archive/load.ts';
import { FULL_NAME } from '../../../src/image/reference/annotations.ts';
import { imageNames, listImages } from '../../../src/image/store/images.ts';
import type { Store } from '../../../src/image/store/ingest-types.ts';
import { native } from '../../../src/kernel/native.ts';
import { isTsrunError, type ErrorCode } from '../../../src/model/errors.ts';
import { describeImage, openTestStore, sha256, treeOf } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar, type TarInput } from '../../helpers/tar-writer.ts';

async function load(
  store: Store,
  input: string | AsyncIterable<Uint8Array>,
): Promise<{ lines: string[]; images: Awaited<ReturnType<typeof loadImages>> }> {
  const lines: string[] = [];
  const images = await loadImages(store, input, (event: LoadEvent) => {
    const line = loadLine(event);
    if (line !== undefined) lines.push(line);
  });
  if (existsSync(join(store.paths.root, 'scratch'))) {
    const left = readdirSync(join(store.paths.root, 'scratch'));
    if (left.length > 0) throw new Error(`left in scratch: ${left.join(' ')}`);
  }
  return { lines, images };
}

const stream = (bytes: Uint8Array): AsyncIterable<Uint8Array> =>
  Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]) as AsyncIterable<Uint8Array>;
const layers = [{ tar: tar([{ path: 'etc/one', data: 'one' }]) }, { tar: tar([{ path: 'etc/two', data: 'two' }]) }];
const blobName = (bytes: Uint8Array): string => `blobs/sha256/${sha256(bytes).slice(7)}`;

/** As `docker save` of 20.10 writes it. */
function dockerArchive(
  change: (entries: TarInput[]) => void = () => {},
  tags: string[] | null = ['one:latest', 'example.com/two:2'],
): Buffer {
  const { config } = describeImage(layers);
  const entries: TarInput[] = layers.flatMap(({ tar: data }, index) => [
    { path: `id${index}/`, type: '5' },
    { path: `id${index}/VERSION`, data: '1.0' },
    { path: `id${index}/layer.tar`, data },
  ]);
  const name = `${sha256(config).slice(7)}.json`;
  entries.push({ path: name, data: config });
  entries.push({
    path: 'manifest.json',
    data: JSON.stringify([{ Config: name, RepoTags: tags, Layers: layers.map((_unused, index) => `id${index}/layer.tar`) }]),
  });
  change(entries);
  return tar(entries);
}

/** As `skopeo copy … oci-archive:` writes it. */
function ociArchive(annotations: Record<string, string>, change: (entries: TarInput[]) => void = () => {}): Buffer {
  const { config, manifest } = describeImage(layers);
  const entries: TarInput[] = [...layers.map(({ tar: bytes }) => bytes), config, manifest].map((data) => ({ path: blobName(data), data }));
  entries.push({ path: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' });
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(manifest),
    size: manifest.length,
    annotations,
  };
  entries.push({ path: 'index.json', data: JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }) });
  change(entries);
  return tar(entries);
}

/** As Docker before 1.10 wrote it: one image of one layer. */
function legacyArchive(given: { json?: string; repositories?: string; layer?: Uint8Array }): Buffer {
  const id = 'a'.repeat(64);
  return tar([
    { path: `${id}/json`, data: given.json ?? JSON.stringify({ id }) },
    { path: `${id}/layer.tar`, data: given.layer ?? layers[0]?.tar ?? '' },
    { path: 'repositories', data: given.repositories ?? JSON.stringify({ old: { '1': id } }) },
  ]);
}

rootTest('a docker-archive: from a file, from a pipe, gzipped, zstd', async (t) => {
  const archive = dockerArchive();
  const file = join(mkdtempSync(join(tmpdir(), 'tsrun-load-')), 'image.tar');
  t.teardown(() => rmSync(join(file, '..'), { recursive: true, force: true }));
  const ids = new Set<string>();
  for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive)]) {
    writeFileSync(file, bytes);
    for (const input of [file, stream(bytes)]) {
      const store = openTestStore(t);
      const { lines, images } = await load(store, input);
      t.deepEqual(lines, ['Loaded image: one:latest', 'Loaded image: example.com/two:2']);
      t.is(readFileSync(join(treeOf(store, images[0] ?? t.fail()), 'etc/two'), 'utf8'), 'two');
      t.deepEqual(imageNames(store, images[0]?.id ?? 'sha256:'), ['docker.io/library/one:latest', 'example.com/two:2']);
      ids.add(`${images[0]?.id} ${images[0]?.manifestDigest}`);
    }
  }
  t.is(ids.size, 1);
});

rootTest('without names, and with a name that another image had', async (t) => {
  const store = openTestStore(t);
  const { lines, images } = await load(store, stream(dockerArchive(() => {}, null)));
  t.deepEqual(lines, [`Loaded image ID: ${images[0]?.id}`]);
  const other = describeImage([]);
  const empty = tar([
    { path: 'c.json', data: other.config },
    { path: 'manifest.json', data: JSON.stringify([{ Config: 'c.json', RepoTags: ['one:latest'], Layers: null }]) },
  ]);
  const before = await load(store, stream(empty));
  t.deepEqual((await load(store, stream(dockerArchive()))).lines, [
    `The image one:latest already exists, renaming the old one with ID ${before.images[0]?.id} to empty string`,
    'Loaded image: one:latest',
    'Loaded image: example.com/two:2',
  ]);
  t.deepEqual(imageNames(store, before.images[0]?.id ?? 'sha256:'), []);
});

rootTest('layers that the archive holds as links', async (t) => {
  const store = openTestStore(t);
  const archive = dockerArchive((entries) => {
    entries.push({ path: 'shared/layer.tar', data: layers[0]?.tar ?? '' });
    const at = entries.findIndex(({ path }) => path === 'id0/layer.tar');
    entries[at] = { path: 'id0/layer.tar', type: '2', link: '../shared/layer.tar' };
  });
  t.is((await load(store, stream(archive))).images[0]?.layers.length, 2);
});

rootTest('an OCI archive and its names', async (t) => {
  const cases: [Record<string, string>, string][] = [
    [{ 'io.containerd.image.name': 'docker.io/library/one:1', 'org.opencontainers.image.ref.name': '1' }, 'Loaded image: one:1'],
    [{ 'org.opencontainers.image.ref.name': 'example.com/x:3' }, 'Loaded image: example.com/x:3'],
    [{ 'org.opencontainers.image.ref.name': 'latest' }, `Loaded image ID: ${sha256(describeImage(layers).config)}`],
  ];
  for (const [annotations, line] of cases) {
    const store = openTestStore(t);
    const { lines, images } = await load(store, stream(ociArchive(annotations)));
    t.deepEqual(lines, [line]);
    // The image keeps the manifest it came with.
    t.is(images[0]?.manifestDigest, sha256(describeImage(layers).manifest));
  }
});

rootTest('archives that are wrong', async (t) => {
  const without = (name: string) => (entries: TarInput[]) => {
    entries.splice(
      entries.findIndex(({ path }) => path === name),
      1,
    );
  };
  const { config, manifest } = describeImage(layers);
  const changed = (name: string, data: string) => (entries: TarInput[]) => {
    const entry = entries.find(({ path }) => path === name);
    if (entry !== undefined) entry.data = data;
  };
  const cases: [Uint8Array, ErrorCode, RegExp][] = [
    [tar([{ path: 'x', data: 'y' }]), 'CORRUPT', /unrecognized image format/],
    [Buffer.from('garbage'.repeat(200)), 'CORRUPT', /invalid tar header/],
    [new Uint8Array(0), 'CORRUPT', /unrecognized image format/],
    [dockerArchive().subarray(0, 4000), 'CORRUPT', /unexpected EOF/],
    [gzipSync(dockerArchive()).subarray(0, 300), 'CORRUPT', /decompressed/],
    [dockerArchive(without('id1/layer.tar')), 'CORRUPT', /open id1\/layer.tar: no such file or directory/],
    [dockerArchive(without(`${sha256(config).slice(7)}.json`)), 'CORRUPT', /no such file or directory/],
    [dockerArchive(changed('manifest.json', '[{')), 'CORRUPT', /not JSON/],
    [dockerArchive(changed('manifest.json', '{}')), 'CORRUPT', /not a list/],
    [
      dockerArchive(changed('manifest.json', JSON.stringify([{ Config: `${sha256(config).slice(7)}.json`, Layers: ['id0/layer.tar'] }]))),
      'CORRUPT',
      /layers length mismatch: expected 2, got 1/,
    ],
    [
      dockerArchive(changed('id1/layer.tar', tar([{ path: 'evil' }]).toString('latin1'))),
      'DIGEST_MISMATCH',
      /invalid diffID for layer 1: expected/,
    ],
    [dockerArchive(() => {}, ['Not A Name']), 'INVALID_REFERENCE', /invalid reference/],
    [
      dockerArchive(() => {}, ['one:1', `debian@${sha256(Buffer.from('another'))}`]),
      'HOSTILE',
      /its image does not have the digest sha256:/,
    ],
    [ociArchive({ [FULL_NAME]: `docker.io/library/debian@${sha256(Buffer.from('another'))}` }), 'HOSTILE', /does not have the digest/],
    [ociArchive({}, without(blobName(manifest))), 'CORRUPT', /no such file/],
    [ociArchive({}, changed(blobName(config), '{}')), 'DIGEST_MISMATCH', /hashes to/],
    [ociArchive({}, changed(blobName(layers[0]?.tar ?? manifest), tar([{ path: 'evil' }]).toString('latin1'))), 'DIGEST_MISMATCH', /./],
    [ociArchive({}, changed('index.json', '{"manifests":[{"digest":1}]}')), 'CORRUPT', /no list of manifests/],
    [
      ociArchive({}, changed('index.json', JSON.stringify({ manifests: [{ digest: sha256(manifest), mediaType: 1 }] }))),
      'CORRUPT',
      /no list of manifests/,
    ],
    [legacyArchive({ json: 'null' }), 'CORRUPT', /\/json in the archive is not an image/],
    [legacyArchive({ json: '{"parent":5}' }), 'CORRUPT', /invalid image ID in the archive: 5/],
    [legacyArchive({ json: '{"config":{"Env":"A=b"}}' }), 'CORRUPT', /config.Env: must be an array/],
    [legacyArchive({ layer: Buffer.from('1f8b0800000000000003ffff', 'hex') }), 'CORRUPT', /can't be decompressed/],
    [legacyArchive({ repositories: '{"old":"x"}' }), 'CORRUPT', /invalid image ID in the archive: "x"/],
    [tar([{ path: '../manifest.json', data: '[]' }]), 'HOSTILE', /breakout/],
  ];
  for (const [bytes, code, words] of cases) {
    const store = openTestStore(t);
    const error = await t.throwsAsync(load(store, stream(bytes)), { message: words });
    t.true(isTsrunError(error, code), `${code}: ${error?.stack}`);
    t.deepEqual(readdirSync(join(store.paths.root, 'scratch')), [], String(words));
  }
  const store = openTestStore(t);
  // The digest of the image itself is no lie.
  const own = `docker.io/library/debian@${sha256(manifest)}`;
  const { images } = await load(store, stream(ociArchive({ [FULL_NAME]: own })));
  t.deepEqual(imageNames(store, images[0]?.id ?? 'sha256:'), [own]);
  await t.throwsAsync(load(store, '/nowhere/image.tar'), { message: 'open /nowhere/image.tar: no such file or directory' });
});

rootTest('what Docker before 1.10 saved', async (t) => {
  const [bottom, top] = ['a'.repeat(64), 'b'.repeat(64)];
  const archive = tar([
    { path: `${bottom}/json`, data: JSON.stringify({ id: bottom, os: 'linux', architecture: 'amd64' }) },
    { path: `${bottom}/layer.tar`, data: layers[0]?.tar ?? '' },
    { path: `${top}/json`, data: JSON.stringify({ id: top, parent: bottom, os: 'linux', config: { Cmd: ['/bin/sh'] } }) },
    { path: `${top}/layer.tar`, data: layers[1]?.tar ?? '' },
    { path: 'repositories', data: JSON.stringify({ old: { '1': top } }) },
  ]);
  const store = openTestStore(t);
  const { lines, images } = await load(store, stream(archive));
  t.deepEqual(lines, ['Loaded image: old:1']);
  t.deepEqual(images[0]?.config.config?.Cmd, ['/bin/sh']);
  t.is(images[0]?.layers.length, 2);
});

/** Every file with all that it has. */
const list = (tree: string): string[] =>
  execFileSync('sh', ['-c', 'find . -mindepth 1 -printf "%P %y %m %U %G %n %s %T@ %l\\n"; find . -type f -exec sha256sum {} +'], {
    cwd: tree,
    encoding: 'latin1',
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .split('\n')
    // A directory's number of links and size are its filesystem's business.
    .map((line) => line.replace(/^(.* d [0-7]+ \d+ \d+) \d+ \d+/, '$1'))
    .toSorted();

async function compareWithUmoci(t: ExecutionContext, name: 'busybox' | 'capabilities'): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-umoci-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [layout, bundle] = [join(folder, 'layout'), join(folder, 'bundle')];
  mkdirSync(layout);
  execFileSync('tar', ['--extract', `--file=${fixture(name)}`, `--directory=${layout}`]);
  execFileSync('umoci', ['unpack', '--image', `${layout}:latest`, bundle], { stdio: 'ignore' });
  const store = openTestStore(t);
  const { images } = await load(store, createReadStream(fixture(name)));
  const image = images[0];
  if (image === undefined) return t.fail();
  const root = native().overlayMount(
    join(store.paths.root, 'layers'),
    image.layers.map((id) => id.slice(7)).toReversed(),
    undefined,
    undefined,
    '',
  );
  t.deepEqual(list(`/proc/${process.pid}/fd/${root}`), list(join(bundle, 'rootfs')));
}

for (const name of ['busybox', 'capabilities'] as const) rootTest(`umoci makes the same tree of ${name}`, (t) => compareWithUmoci(t, name));

rootTest('entries and images that an archive repeats: the last one of a name counts, and an image comes once', async (t) => {
  const evil = tar([{ path: 'evil' }]).toString('latin1');
  const repeat = (data: string | Buffer, first: boolean) => (entries: TarInput[]) => {
    const at = entries.findIndex(({ path }) => path === 'id1/layer.tar');
    entries.splice(first ? at : at + 1, 0, { path: 'id1/layer.tar', data });
  };
  const good = openTestStore(t);
  t.is((await load(good, stream(dockerArchive(repeat(evil, true))))).images.length, 1);
  const bad = openTestStore(t);
  const error = await t.throwsAsync(load(bad, stream(dockerArchive(repeat(evil, false)))));
  t.true(isTsrunError(error, 'DIGEST_MISMATCH'), error?.stack);
  t.deepEqual(listImages(bad), []);

  const twice = dockerArchive((entries) => {
    const entry = entries.find(({ path }) => path === 'manifest.json');
    const list = JSON.parse(String(entry?.data)) as object[];
    if (entry !== undefined) entry.data = JSON.stringify([...list, ...list]);
  });
  const store = openTestStore(t);
  await load(store, stream(twice));
  t.is(listImages(store).length, 1);
});

rootTest('an archive that inflates to more than it may is refused while it does', async (t) => {
  const bomb = gzipSync(dockerArchive((entries) => void entries.push({ path: 'zeros', data: Buffer.alloc(3_000_000) })));
  const store = openTestStore(t);
  const small: Store = { ...store, limits: { maxBytes: 500_000 } };
  const error = await t.throwsAsync(load(small, stream(bomb)), { message: /the archive has more than 2000000 bytes/ });
  t.true(isTsrunError(error, 'HOSTILE'));
  t.regex(isTsrunError(error) ? (error.hint ?? '') : '', /--max-layer-size/);
  t.is((await load({ ...store, limits: { maxBytes: 1_000_000 } }, stream(bomb))).images.length, 1);
});

rootTest('names of an OCI archive that are no texts are no names', async (t) => {
  const { config, manifest } = describeImage(layers);
  const annotations = { 'io.containerd.image.name': 1, 'org.opencontainers.image.ref.name': ['a:b'] };
  const index = JSON.stringify({ manifests: [{ digest: sha256(manifest), annotations }] });
  const archive = ociArchive({}, (entries) => {
    const entry = entries.find(({ path }) => path === 'index.json');
    if (entry !== undefined) entry.data = index;
  });
  t.deepEqual((await load(openTestStore(t), stream(archive))).lines, [`Loaded image ID: ${sha256(config)}`]);
});

rootTest('a layer of an old archive that inflates to more than it may is refused while it does', async (t) => {
  const archive = legacyArchive({ layer: gzipSync(tar([{ path: 'zeros', data: Buffer.alloc(600_000) }])) });
  const small: Store = { ...openTestStore(t), limits: { maxBytes: 500_000 } };
  const error = await t.throwsAsync(load(small, stream(archive)), { message: /inflates to more than 500000 bytes/ });
  t.true(isTsrunError(error, 'HOSTILE'));
  t.is((await load(openTestStore(t), stream(archive))).images.length, 1);
});

rootTest('what an archive says of its images waits in memory, and is bounded', async (t) => {
  const { config } = describeImage(layers);
  // The same file again and again: the archive itself is small.
  const large = Buffer.concat([config, Buffer.alloc(8_000_000 - config.length, ' ')]);
  const archive = (images: number): Buffer =>
    dockerArchive((entries) => {
      for (const entry of entries) {
        if (entry.path.endsWith('.json') && entry.path !== 'manifest.json') entry.data = large;
        if (entry.path !== 'manifest.json') continue;
        const [one] = JSON.parse(String(entry.data)) as [object];
        entry.data = JSON.stringify(Array.from({ length: images }, () => ({ ...one, RepoTags: null })));
      }
    });
  t.is((await load(openTestStore(t), stream(archive(2)))).images.length, 2);
  const error = await t.throwsAsync(load(openTestStore(t), stream(archive(9))), {
    message: /the images of the archive are described by more than/,
  });
  t.true(isTsrunError(error, 'HOSTILE'));
});
