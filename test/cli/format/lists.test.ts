import test from 'ava';
import { containerTable } from '../../../src/cli/format/containers.ts';
import { imageLines, imageTable } from '../../../src/cli/format/images.ts';
import type { Image } from '../../../src/model/image.ts';
import { ID, running, sample } from '../../container/sample.ts';

const now = Date.parse('2026-07-13T00:01:00.500Z');

test('tsrun ps, as the notes show it', (t) => {
  t.is(
    containerTable([sample(running())], now, true),
    'CONTAINER ID   IMAGE          COMMAND                  CREATED              STATUS          PORTS     NAMES\n' +
      'c5e44c78f8ac   ubuntu:20.04   "/bin/sh -c \'while t…"   About a minute ago   Up 59 seconds             infallible_kare\n',
  );
});

test('tsrun ps -a, --no-trunc, and images by ID', (t) => {
  const exited = sample(
    { status: 'exited', exitCode: 137, oomKilled: false, startedAt: '', finishedAt: '2026-07-12T23:59:00Z' },
    { image: '9873176a8ff5' },
  );
  const [, line = ''] = containerTable([exited], now, true).split('\n');
  t.regex(line, /^c5e44c78f8ac {3}9873176a8ff5 {3}.* {3}Exited \(137\) 2 minutes ago {3}/);
  const [, whole = ''] = containerTable([sample({ status: 'created' })], now, false).split('\n');
  t.true(whole.startsWith(ID));
  t.true(whole.includes(`"/bin/sh -c 'while true; do echo hello world; sleep 1; done'"`));
  t.true(whole.includes('   Created   '));
});

function image(hex: string, size: number, created: string): Image {
  return {
    id: `sha256:${hex.padEnd(64, '0')}`,
    manifestDigest: `sha256:${'d'.repeat(64)}`,
    config: { architecture: 'amd64', os: 'linux', created, rootfs: { type: 'layers', diff_ids: [] } },
    size,
    layers: [],
    addedAt: created,
  };
}

test('tsrun images: a line a name, <none> where there is none', (t) => {
  const lines = imageLines([
    {
      image: image('fb7e254ca75e', 92_900_000, '2026-07-05T00:00:00Z'),
      names: [`redis@sha256:${'e'.repeat(64)}`, 'bitnami/redis-cluster:6.2'],
    },
    { image: image('355a832ad5f3', 1_140_000_000, '2026-06-28T00:00:00Z'), names: [] },
    {
      image: image('9873176a8ff5', 72_700_000, '2026-06-20T00:00:00Z'),
      names: [`ubuntu@sha256:${'e'.repeat(64)}`, 'ubuntu:20.04', 'ubuntu:focal'],
    },
  ]);
  t.is(
    imageTable(lines, now, { truncate: true, digests: false }),
    'REPOSITORY              TAG       IMAGE ID       CREATED       SIZE\n' +
      'bitnami/redis-cluster   6.2       fb7e254ca75e   8 days ago    92.9MB\n' +
      'redis                   <none>    fb7e254ca75e   8 days ago    92.9MB\n' +
      '<none>                  <none>    355a832ad5f3   2 weeks ago   1.14GB\n' +
      'ubuntu                  20.04     9873176a8ff5   3 weeks ago   72.7MB\n' +
      'ubuntu                  focal     9873176a8ff5   3 weeks ago   72.7MB\n',
  );
  t.is(lines[3]?.digest, `sha256:${'e'.repeat(64)}`);
  t.regex(imageTable(lines, now, { truncate: false, digests: true }), /TAG +DIGEST +IMAGE ID/);
});
