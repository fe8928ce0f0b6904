import test from 'ava';
import fc from 'fast-check';
import { parseManifest } from '../../../src/image/registry/manifest.ts';
import { isTsrunError, type ErrorCode } from '../../../src/model/errors.ts';
import { DOCKER, makeImage, makeIndex, OCI } from '../../helpers/registry-images.ts';

const IMAGE = makeImage([Buffer.from('a'), Buffer.from('b')]);
const parse = (value: unknown, type?: string): ReturnType<typeof parseManifest> =>
  parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), type, 'x:1');
const MANIFEST = JSON.parse(IMAGE.manifest.bytes.toString()) as Record<string, unknown> & { layers: object[]; config: object };

test('manifests of both kinds', (t) => {
  for (const kind of [OCI, DOCKER]) {
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      const image = makeImage([Buffer.from('a'), Buffer.from('b')], { kind, compression });
      const parsed = parseManifest(image.manifest.bytes, kind.manifest, 'x:1');
      t.deepEqual(
        parsed.kind === 'image' && parsed.layers.map(({ digest }) => digest),
        image.layers.map(({ digest }) => digest),
      );
    }
    const index = makeIndex([{ image: IMAGE, platform: { os: 'linux', architecture: 'amd64' } }], kind);
    const parsed = parseManifest(index.bytes, 'application/json', 'x:1');
    t.deepEqual(parsed.kind === 'index' && parsed.manifests[0]?.platform, { os: 'linux', architecture: 'amd64' });
  }
});

test('without a media type, the header and then the shape decide', (t) => {
  const { mediaType: _, ...bare } = MANIFEST;
  t.is(parse(bare, OCI.manifest).kind, 'image');
  t.is(parse(bare, 'application/json').kind, 'image');
  t.is(parse(bare).kind, 'image');
  t.is(parse({ manifests: [] }, 'application/json; charset=utf-8').kind, 'index');
  t.throws(() => parse({ manifests: [] }, 'text/plain'), { message: 'x:1: unsupported manifest format "text/plain"' });
});

const BAD: [title: string, value: unknown, code: ErrorCode, message: RegExp][] = [
  ['schema 1', { schemaVersion: 1, fsLayers: [] }, 'UNSUPPORTED', /schema 1 is not supported/],
  ['both an index and an image', { layers: [], manifests: [] }, 'UNSUPPORTED', /unsupported manifest format/],
  [
    'a chart',
    { ...MANIFEST, config: { ...MANIFEST.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    'UNSUPPORTED',
    /not a container image: .*helm/,
  ],
  [
    'an encrypted layer',
    { ...MANIFEST, layers: [{ ...MANIFEST.layers[0], mediaType: `${OCI.layer}+gzip+encrypted` }] },
    'UNSUPPORTED',
    /unsupported media type .*encrypted/,
  ],
  ['a negative size', { ...MANIFEST, layers: [{ ...MANIFEST.layers[0], size: -1 }] }, 'CORRUPT', /layers\[0\]\.size/],
  ['a size too large to count', { ...MANIFEST, layers: [{ ...MANIFEST.layers[0], size: 1e300 }] }, 'CORRUPT', /layers\[0\]\.size/],
  ['a path for a digest', { ...MANIFEST, config: { ...MANIFEST.config, digest: 'sha256:../../etc/passwd' } }, 'CORRUPT', /config\.digest/],
  ['too many layers', { ...MANIFEST, layers: Array.from({ length: 501 }, () => MANIFEST.layers[0]) }, 'CORRUPT', /501 entries/],
  ['no config', { ...MANIFEST, config: null }, 'CORRUPT', /config is not an object/],
  ['HTML', '<!DOCTYPE html>', 'REGISTRY', /web page \(HTML\)/],
  ['not JSON', '{', 'REGISTRY', /is not JSON/],
  ['a list', '[]', 'REGISTRY', /not a JSON object/],
];

for (const [title, value, code, message] of BAD) {
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => parse(value, OCI.manifest));
    t.true(isTsrunError(error, code), error?.message);
    t.regex(error?.message ?? '', message);
  });
}

test('whatever comes, an answer or an error of ours', (t) => {
  const property = fc.property(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom('layers', 'manifests', 'config', 'mediaType'),
    (value, field) => {
      try {
        parse({ ...MANIFEST, [field]: value });
        return true;
      } catch (error) {
        return isTsrunError(error);
      }
    },
  );
  t.notThrows(() => fc.assert(property, { numRuns: 1000 }));
});
