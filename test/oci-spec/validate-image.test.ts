import test from 'ava';
import fc from 'fast-check';
import { validateImageConfig, validateIndex, validateManifest } from '../../src/oci-spec/index.ts';
import type { OciImageConfig, OciIndex, OciManifest } from '../../src/oci-spec/index.ts';
import { schemaChecker, specFolder } from './schemas.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: DIGEST, size: 7, annotations: { a: 'b' } };
const manifest: OciManifest = { schemaVersion: 2, config: descriptor, layers: [descriptor] };
const index: OciIndex = {
  schemaVersion: 2,
  manifests: [{ ...descriptor, platform: { architecture: 'amd64', os: 'linux', 'os.features': ['x'] } }],
};
const config: OciImageConfig = {
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-01T00:00:00Z',
  config: { Env: ['A=b'], Cmd: ['sh'], Entrypoint: null, Volumes: { '/v': {} }, Labels: null, ExposedPorts: { '80/tcp': {} } },
  rootfs: { type: 'layers', diff_ids: [DIGEST] },
  history: [{ created_by: 'x', empty_layer: true }],
};

test('good documents are valid', (t) => {
  t.deepEqual(validateManifest(manifest), []);
  t.deepEqual(validateIndex(index), []);
  t.deepEqual(validateImageConfig(config), []);
  t.deepEqual(validateManifest({ ...manifest, layers: [] }), [], 'an image without layers is one');
});

test('bad ones are not, and it says where', (t) => {
  t.deepEqual(
    validateManifest({ schemaVersion: 1, config: { ...descriptor, size: -1 }, layers: [{ ...descriptor, digest: 'sha256:abc' }] }),
    [
      'schemaVersion: must be 2',
      'config.size: must be a number of bytes',
      'layers[0].digest: must be a digest such as sha256:… (64 hex digits)',
    ],
  );
  t.deepEqual(validateManifest({ schemaVersion: 2, layers: [{}] }), [
    'config: must be given',
    'layers[0].mediaType: must be given',
    'layers[0].digest: must be given',
    'layers[0].size: must be given',
  ]);
  t.deepEqual(validateIndex({ schemaVersion: 2, manifests: [{ ...descriptor, platform: { os: 'linux' } }] }), [
    'manifests[0].platform.architecture: must be given',
  ]);
  t.deepEqual(validateImageConfig({ ...config, config: { Cmd: 'sh', Labels: { a: 1 } }, rootfs: { type: 'tar', diff_ids: ['x'] } }), [
    'rootfs.type: must be one of layers',
    'rootfs.diff_ids[0]: must be a digest such as sha256:… (64 hex digits)',
    'config.Cmd: must be an array of strings',
    'config.Labels.a: must be a string',
  ]);
});

const folder = specFolder('image-spec');
if (folder === undefined) test.skip('the image-spec schemas are not here', () => {});
else {
  const cases = [
    ['image-manifest-schema.json', manifest, validateManifest],
    ['image-index-schema.json', index, validateIndex],
    ['config-schema.json', config, validateImageConfig],
  ] as const;
  for (const [file, document, validate] of cases) {
    test(`what ${file} refuses, we refuse`, (t) => {
      const check = schemaChecker(folder, file);
      t.deepEqual(check(document), []);
      fc.assert(
        fc.property(fc.constantFrom(...Object.keys(document)), fc.jsonValue(), (key, value) => {
          const changed = { ...document, [key]: value };
          // Go writes null for an empty list or map; those who wrote the schema forgot some.
          // The schema wants a layer, the prose only that there should be one: `FROM scratch` has none.
          if (key === 'layers' && Array.isArray(value) && value.length === 0) return;
          if (value !== null && check(changed).length > 0) t.not(validate(changed).length, 0, `${key} = ${JSON.stringify(value)}`);
        }),
        { numRuns: 500 },
      );
    });
  }
}
