/** What an image's author wrote is what model/image.ts says, or is refused. */
import test from 'ava';
import { isTsrunError } from '../../../src/model/errors.ts';
import { parseImageConfig } from '../../../src/image/store/image-config.ts';

const rootfs = { type: 'layers', diff_ids: [`sha256:${'a'.repeat(64)}`] };
const parse = (config: object): ReturnType<typeof parseImageConfig> =>
  parseImageConfig(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs, ...config })));

test('what is there stays, null is nothing, and no platform is this machine', (t) => {
  const config = { Cmd: ['sh'], Env: null, Labels: { a: 'b' }, Healthcheck: { Test: ['NONE'], Retries: null }, Unknown: [1] };
  t.deepEqual(parse({ config, created: null, history: [{ created_by: 'x', comment: null }], extra: 1 }), {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: rootfs.diff_ids as never },
    config: { Cmd: ['sh'], Labels: { a: 'b' }, Healthcheck: { Test: ['NONE'] }, Unknown: [1] },
    history: [{ created_by: 'x' }],
    extra: 1,
  } as ReturnType<typeof parse>);
  t.is(parse({ os: null }).os, 'linux');
  t.deepEqual(parse({ rootfs: { type: 'layers', diff_ids: null } }).rootfs.diff_ids, []);
});

const wrong: [object, string][] = [
  [{ os: 1 }, 'os: must be a string'],
  [{ architecture: ['amd64'] }, 'architecture: must be a string'],
  [{ created: 0 }, 'created: must be a time such as 2006-01-02T15:04:05Z'],
  [{ created: 'yesterday' }, 'created: must be a time such as 2006-01-02T15:04:05Z'],
  [{ history: [{ created: '2026-13-01T00:00:00Z' }] }, 'history[0].created: must be a time such as 2006-01-02T15:04:05Z'],
  [{ config: [] }, 'config: must be an object'],
  [{ config: { Env: 'A=b' } }, 'config.Env: must be an array of strings'],
  [{ config: { Env: ['A=b', null] } }, 'config.Env: must be an array of strings'],
  [{ config: { Cmd: [1] } }, 'config.Cmd: must be an array of strings'],
  [{ config: { Entrypoint: { 0: 'sh' } } }, 'config.Entrypoint: must be an array of strings'],
  [{ config: { Labels: { a: 1 } } }, 'config.Labels.a: must be a string'],
  [{ config: { Labels: ['a'] } }, 'config.Labels: must be an object'],
  [{ config: { ExposedPorts: ['80'] } }, 'config.ExposedPorts: must be an object'],
  [{ config: { Volumes: { '/a': 1 } } }, 'config.Volumes["/a"]: must be an object'],
  [{ config: { Healthcheck: { Interval: '1s' } } }, 'config.Healthcheck.Interval: must be an integer of 64 bits'],
  [{ config: { User: 0 } }, 'config.User: must be a string'],
  [{ history: {} }, 'history: must be an array'],
  [{ history: [null] }, 'history[0]: must be an object'],
  [{ history: [{ created_by: ['sh'] }] }, 'history[0].created_by: must be a string'],
  [{ config: { Labels: { '\u001b[2J': 1 } } }, 'config.Labels["\\u001b[2J"]: must be a string'],
];
for (const [config, words] of wrong) {
  test(`refused: ${JSON.stringify(config)}`, (t) => {
    const error = t.throws(() => parse(config));
    t.true(isTsrunError(error, 'CORRUPT'), error?.stack);
    t.is(error?.message, `the image's config is damaged: ${words}`);
  });
}

test('a command as one text is a list of one', (t) => {
  t.deepEqual(parse({ config: { Cmd: 'sh', Entrypoint: '/init', Shell: ['sh', '-c'] } }).config, {
    Cmd: ['sh'],
    Entrypoint: ['/init'],
    Shell: ['sh', '-c'],
  });
});

test('times as builders write them', (t) => {
  for (const created of [
    '2013-06-13T14:03:50.821769-07:00',
    '0001-01-01T00:00:00Z',
    '1970-01-01T00:00:01Z',
    '2026-11-30T14:00:00.123456789Z',
  ])
    t.is(parse({ created }).created, created);
});

test('more steps that made a layer than there are layers', (t) => {
  const steps = [{ created_by: 'a' }, { created_by: 'b', empty_layer: true }];
  t.is(parse({ history: steps }).history?.length, 2);
  t.throws(() => parse({ history: [...steps, { created_by: 'c' }] }), { message: 'too many non-empty layers in History section' });
});

test('what is no config at all, or nested beyond any use, is refused', (t) => {
  for (const text of ['', 'null', '[]', '1', '{}', '{"rootfs":null}', '{"rootfs":{"type":"layers","diff_ids":["x"]}}', '['.repeat(1e6)]) {
    t.true(
      isTsrunError(
        t.throws(() => parseImageConfig(Buffer.from(text))),
        'CORRUPT',
      ),
      text.slice(0, 40),
    );
  }
  const deep = `{"rootfs":${JSON.stringify(rootfs)},"deep":${'['.repeat(1e5)}${']'.repeat(1e5)}}`;
  t.true(
    isTsrunError(
      t.throws(() => parseImageConfig(Buffer.from(deep))),
      'CORRUPT',
    ),
  );
});
