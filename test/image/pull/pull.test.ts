import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../../helpers/command.ts';
import { rootTest } from '../../helpers/root.ts';
import { digestOf, faults, startFakeRegistry, type FakeRegistry } from '../../helpers/registry-fake.ts';
import { DOCKER, makeImage, makeIndex, makeTar, putImage, type FakeImage } from '../../helpers/registry-images.ts';
import type { PullEvent } from '../../../src/model/pull-event.ts';
import { createRenderer } from '../../../src/image/progress/renderer.ts';
import { pullImage } from '../../../src/image/pull/pull.ts';
import type { PullOptions } from '../../../src/image/pull/options.ts';
import { resolveImage } from '../../../src/image/pull/resolve.ts';
import { parseReference } from '../../../src/image/reference/parse.ts';
import { imageNames } from '../../../src/image/store/images.ts';
import type { Store } from '../../../src/image/store/ingest.ts';
import { isTsrunError, type ErrorCode } from '../../../src/model/errors.ts';
import type { Descriptor, Image, Platform } from '../../../src/model/image.ts';
import { openDatabase } from '../../../src/state/database.ts';

interface Bench {
  store: Store;
  registry: FakeRegistry;
  /** `127.0.0.1:PORT/app:1` */
  name: string;
  events: PullEvent[];
  pull(options?: Partial<PullOptions>): Promise<Image>;
  /** What a pipe would show. */
  text(): string;
}

const ONE = makeTar({ 'bin/one': 'first', 'etc/shared': 'old' });
const TWO = makeTar({ 'bin/two': 'second', 'etc/shared': 'new' });
// Long enough for a machine that does much else: what is slow isn't broken.
const TIMES = { answer: 120_000, stall: 120_000, tries: 3, firstWait: 5, longestWait: 100 };

async function bench(t: ExecutionContext): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-pull-'));
  const paths = { root: join(directory, 'root'), state: join(directory, 'state') };
  const store: Store = { paths, database: openDatabase(paths) };
  t.teardown(() => {
    store.database.close();
    rmSync(directory, { recursive: true });
  });
  const registry = await startFakeRegistry(t);
  const events: PullEvent[] = [];
  const name = `${registry.host}/app:1`;
  const options: PullOptions = {
    signal: new AbortController().signal,
    registry: { environment: {}, certificateDirectories: [], times: TIMES },
  };
  return {
    store,
    registry,
    name,
    events,
    pull: (given = {}) => pullImage(store, parseReference(name), { ...options, ...given }, (event) => events.push(event)),
    text: () => events.map(createRenderer({ terminal: false, columns: () => 80 })).join(''),
  };
}

function short(image: FakeImage, layer: number): string {
  return image.layers[layer]?.digest.slice(7, 19) ?? '';
}

/** Files of the store that no row names: scratch, and blobs and layers. */
function contents(store: Store): Record<string, string[]> {
  const list = (name: string): string[] => {
    try {
      return readdirSync(join(store.paths.root, name)).toSorted();
    } catch {
      return [];
    }
  };
  return { scratch: list('scratch'), layers: list('layers'), blobs: list('blobs/sha256') };
}

async function fails(t: ExecutionContext, code: ErrorCode, message: RegExp, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work);
  t.true(isTsrunError(error, code), `${(error as { code?: string }).code}: ${error.message}`);
  t.regex(error.message, message);
}

rootTest('an image of two layers comes, with its names, and Docker words are told', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE, TWO]);
  putImage(b.registry, 'app', image, '1');
  const pulled = await b.pull();
  t.is(pulled.id, image.configDigest);
  t.is(pulled.manifestDigest, image.manifestDigest);
  t.is(pulled.layers.length, 2);
  t.deepEqual(imageNames(b.store, pulled.id), [b.name, `${b.registry.host}/app@${image.manifestDigest}`]);
  const layer = (index: number): string => join(b.store.paths.root, 'layers', (pulled.layers[index] ?? '').slice(7));
  t.is(readFileSync(join(layer(1), 'etc/shared'), 'utf8'), 'new');
  t.is(readFileSync(join(layer(0), 'bin/one'), 'utf8'), 'first');
  const lines = b.text().split('\n');
  t.is(lines[0], '1: Pulling from app');
  for (const index of [0, 1]) {
    const own = lines.filter((line) => line.startsWith(short(image, index))).map((line) => line.slice(14));
    t.deepEqual(own, ['Pulling fs layer', 'Verifying Checksum', 'Download complete', 'Pull complete']);
  }
  t.deepEqual(lines.slice(-3), [`Digest: ${image.manifestDigest}`, `Status: Downloaded newer image for ${b.name}`, '']);
});

rootTest('pulled again it is up to date, and only the manifest is asked for', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE]);
  putImage(b.registry, 'app', image, '1');
  await b.pull();
  b.events.length = 0;
  b.registry.requests.length = 0;
  await b.pull();
  t.is(b.text(), `1: Pulling from app\nDigest: ${image.manifestDigest}\nStatus: Image is up to date for ${b.name}\n`);
  t.is(b.registry.requests.length, 1);
});

rootTest('a layer that is here already exists', async (t) => {
  const b = await bench(t);
  putImage(b.registry, 'app', makeImage([ONE]), '1');
  await b.pull();
  const next = makeImage([ONE, TWO]);
  putImage(b.registry, 'app', next, '1');
  b.events.length = 0;
  b.registry.requests.length = 0;
  await b.pull();
  t.true(b.text().includes(`${short(next, 0)}: Already exists\n`));
  t.false(b.registry.paths().some((path) => path.includes(next.layers[0]?.digest ?? '')));
  t.true(b.text().endsWith(`Status: Downloaded newer image for ${b.name}\n`));
});

for (const compression of ['none', 'gzip', 'zstd'] as const) {
  rootTest(`layers that are ${compression === 'none' ? 'plain tars' : compression}`, async (t) => {
    const b = await bench(t);
    putImage(b.registry, 'app', makeImage([ONE], { compression }), '1');
    t.is((await b.pull()).layers.length, 1);
  });
}

rootTest('a Docker manifest list: the platform of this machine, or the one asked for', async (t) => {
  const b = await bench(t);
  const platforms: Platform[] = [
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
    { os: 'linux', architecture: 'amd64' },
    { os: 'windows', architecture: 'amd64' },
  ];
  const entries = platforms.map((platform) => ({ platform, image: makeImage([ONE], { kind: DOCKER, ...platform }) }));
  for (const { image } of entries) putImage(b.registry, 'app', image);
  const index = makeIndex(entries, DOCKER);
  b.registry.put('app/manifests/1', index);
  const arm = await b.pull({ platform: { os: 'linux', architecture: 'arm64', variant: undefined } });
  t.is(arm.config.architecture, 'arm64');
  const intel = await b.pull({ platform: { os: 'linux', architecture: 'amd64', variant: undefined } });
  t.is(intel.config.architecture, 'amd64');
  // The list is kept as such: it is what the name and its digest stand for, here as at the registry.
  t.true(imageNames(b.store, intel.id).includes(`${b.registry.host}/app@${digestOf(index.bytes)}`));
  const layout = JSON.parse(readFileSync(join(b.store.paths.root, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  t.deepEqual(
    layout.manifests.map(({ mediaType, annotations }) => [mediaType, annotations?.['org.opencontainers.image.ref.name']]),
    [
      ['application/vnd.oci.image.manifest.v1+json', undefined],
      ['application/vnd.oci.image.manifest.v1+json', b.name],
      [DOCKER.manifest, undefined],
      [DOCKER.index, undefined],
    ],
  );
  t.deepEqual(
    layout.manifests.slice(2).map(({ digest }) => digest),
    [arm.manifestDigest, digestOf(index.bytes)],
  );
  const copy = join(b.store.paths.root, '../copy');
  const skopeo = ['--insecure-policy', '--override-arch', 'amd64', 'copy', '--quiet', `oci:${b.store.paths.root}:${b.name}`, `dir:${copy}`];
  await mustRun('skopeo', skopeo);
  t.true(readdirSync(copy).includes(intel.id.slice('sha256:'.length)));
  await fails(
    t,
    'NOT_FOUND',
    /^no matching manifest for linux\/s390x in the manifest list entries$/,
    b.pull({ platform: { os: 'linux', architecture: 's390x', variant: undefined } }),
  );
});

rootTest('a single manifest of another platform is refused when one was asked for', async (t) => {
  const b = await bench(t);
  putImage(b.registry, 'app', makeImage([ONE]), '1');
  await fails(
    t,
    'NOT_FOUND',
    /was found but does not match the specified platform: wanted linux\/arm64, actual: linux\/amd64$/,
    b.pull({ platform: { os: 'linux', architecture: 'arm64', variant: undefined } }),
  );
});

rootTest('broken and stalled downloads are taken up again', async (t) => {
  const b = await bench(t);
  const big = makeTar({ 'big/file': Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251)) });
  const image = makeImage([big, ONE], { compression: 'none' });
  putImage(b.registry, 'app', image, '1');
  b.registry.fault(new RegExp(image.layers[0]?.digest ?? ''), faults.dieAfter(50_000));
  b.registry.fault(new RegExp(image.layers[0]?.digest ?? ''), faults.dieAfter(50_000));
  const pulled = await b.pull();
  t.is(pulled.id, image.configDigest);
  t.true(b.text().includes(`${short(image, 0)}: Retrying in 1 second\n`));
});

rootTest('an altered layer leaves nothing behind, and a good one comes afterwards', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE, TWO], { compression: 'none' });
  putImage(b.registry, 'app', image, '1');
  b.registry.fault(new RegExp(image.layers[0]?.digest ?? ''), faults.altered);
  await fails(t, 'DIGEST_MISMATCH', /sha256:/, b.pull());
  t.deepEqual(contents(b.store), { scratch: [], layers: [], blobs: [] });
  t.is((await b.pull()).id, image.configDigest);
});

rootTest('the first failure ends the other downloads at once', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE, TWO]);
  putImage(b.registry, 'app', image, '1');
  b.registry.fault(new RegExp(image.layers[0]?.digest ?? ''), faults.stall(10), 99);
  b.registry.fault(new RegExp(image.layers[1]?.digest ?? ''), faults.refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry'), 99);
  const began = Date.now();
  const times = { ...TIMES, stall: 600_000 };
  await fails(t, 'NOT_FOUND', /blob unknown/, b.pull({ registry: { environment: {}, certificateDirectories: [], times } }));
  t.true(Date.now() - began < 300_000);
  t.deepEqual(contents(b.store), { scratch: [], layers: [], blobs: [] });
});

rootTest('an abort leaves nothing behind', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE, TWO]);
  putImage(b.registry, 'app', image, '1');
  b.registry.fault(new RegExp(image.layers[1]?.digest ?? ''), faults.stall(10), 99);
  const controller = new AbortController();
  const pulling = b.pull({ signal: controller.signal });
  setTimeout(() => controller.abort(), 150);
  const error = await t.throwsAsync(pulling);
  t.is(error.name, 'AbortError');
  t.deepEqual(contents(b.store)['scratch'], []);
});

rootTest('manifests that are not ones', async (t) => {
  const b = await bench(t);
  const put = (value: unknown, type = 'application/json'): void =>
    b.registry.put('app/manifests/1', { type, bytes: Buffer.from(JSON.stringify(value)) });
  put({ schemaVersion: 1, fsLayers: [] });
  await fails(t, 'UNSUPPORTED', /schema 1 is not supported/, b.pull());
  put('<html>', 'text/html');
  await fails(t, 'REGISTRY', /web page \(HTML\)/, b.pull());
  put({ layers: [], manifests: [] });
  await fails(t, 'UNSUPPORTED', /unsupported manifest format/, b.pull());
  const image = makeImage([ONE]);
  put({ ...(JSON.parse(image.manifest.bytes.toString()) as object), layers: [] });
  b.registry.put(`app/blobs/${image.configDigest}`, { type: '', bytes: image.config });
  await fails(t, 'CORRUPT', /./, b.pull());
});

rootTest('by digest, and an index within an index', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE]);
  putImage(b.registry, 'app', image);
  const inner = makeIndex([{ image, platform: { os: 'linux', architecture: 'amd64' } }]);
  const innerImage = { ...image, manifest: inner, manifestDigest: digestOf(inner.bytes) };
  const outer = makeIndex([{ image: innerImage, platform: { os: 'linux', architecture: 'amd64' } }]);
  b.registry.put(`app/manifests/${innerImage.manifestDigest}`, inner);
  b.registry.put(`app/manifests/${digestOf(outer.bytes)}`, outer);
  const name = `${b.registry.host}/app@${digestOf(outer.bytes)}`;
  const platform = { os: 'linux', architecture: 'amd64', variant: undefined };
  const options: PullOptions = { platform, signal: new AbortController().signal, registry: { environment: {}, times: TIMES } };
  const pulled = await pullImage(b.store, parseReference(name), options, (event) => b.events.push(event));
  t.is(pulled.id, image.configDigest);
  t.deepEqual(imageNames(b.store, pulled.id), [name]);
  t.true(b.text().startsWith(`${name}: Pulling from app\n`));
  t.true(b.text().endsWith(`Digest: ${digestOf(outer.bytes)}\nStatus: Downloaded newer image for ${name}\n`));
});

rootTest('pull policies', async (t) => {
  const b = await bench(t);
  const image = makeImage([ONE]);
  putImage(b.registry, 'app', image, '1');
  const options: PullOptions = { signal: new AbortController().signal, registry: { environment: {}, times: TIMES } };
  const resolve = (text: string, policy: 'never' | 'missing' | 'always'): ReturnType<typeof resolveImage> =>
    resolveImage(b.store, text, policy, options, (event) => b.events.push(event));
  await fails(t, 'NOT_FOUND', new RegExp(`^No such image: ${b.name}$`), resolve(b.name, 'never'));
  t.is(b.registry.requests.length, 0);
  t.is((await resolve(b.name, 'missing')).image.id, image.configDigest);
  t.true(b.text().startsWith(`Unable to find image '${b.name}' locally\n1: Pulling from app\n`));
  b.registry.requests.length = 0;
  t.is((await resolve(b.name, 'missing')).name, b.name);
  t.is((await resolve(image.configDigest.slice(7, 19), 'never')).image.id, image.configDigest);
  t.is((await resolve(image.configDigest, 'missing')).image.id, image.configDigest);
  t.is(b.registry.requests.length, 0);
  const arm = { ...options, platform: { os: 'linux', architecture: 'arm64', variant: undefined } };
  const other = resolveImage(b.store, b.name, 'never', arm, () => undefined);
  await fails(t, 'NOT_FOUND', /does not match the specified platform: wanted linux\/arm64, actual: linux\/amd64$/, other);
  b.events.length = 0;
  await resolve(b.name, 'always');
  t.true(b.text().endsWith(`Status: Image is up to date for ${b.name}\n`));
  t.false(b.text().includes('Unable to find'));
});
