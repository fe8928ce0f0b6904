import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { importImage, type ImportRequest } from '../../../src/image/archive/import.ts';
import { readLayer } from '../../../src/image/store/layers.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { hostileLayers } from '../../../rootfs-fixtures/hostile/layers.ts';
import { openTestStore, sha256, treeOf } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';
import { temporaryDirectory } from '../../helpers/trees.ts';

const REQUEST: ImportRequest = { changes: [], message: 'Imported from -', platform: undefined, name: undefined };

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

rootTest('an archive in any compression becomes the same layer', async (t) => {
  const store = openTestStore(t);
  const plain = tar([
    { path: './', type: '5' },
    { path: './file', data: 'hello', mode: 0o600, uid: 7 },
  ]);
  const filter = (program: string): Buffer => execFileSync(program, ['-c'], { input: plain });
  for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain), filter('xz'), filter('bzip2')]) {
    const image = await importImage(store, pieces(bytes), REQUEST);
    t.deepEqual(image.config.rootfs.diff_ids, [sha256(plain)]);
    t.is(readFileSync(join(treeOf(store, image), 'file'), 'utf8'), 'hello');
  }
});

rootTest('what came as gzip stays so; other compressions are not kept', async (t) => {
  const plain = tar([{ path: 'file', data: 'a'.repeat(10_000) }]);
  for (const [bytes, kept, compression] of [
    [gzipSync(plain), gzipSync(plain), '+gzip'],
    // Several, one after another, are one.
    [Buffer.concat([gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]), undefined, '+gzip'],
    [plain, plain, ''],
    [zstdCompressSync(plain), plain, ''],
  ] as const) {
    const store = openTestStore(t);
    const image = await importImage(store, pieces(bytes, 100), REQUEST);
    const layer = readLayer(store, image.layers[0]!);
    t.is(layer?.diffId, sha256(plain));
    t.is(layer?.blobDigest, sha256(kept ?? bytes));
    t.is(layer?.mediaType, `application/vnd.oci.image.layer.v1.tar${compression}`);
    t.is(readFileSync(join(treeOf(store, image), 'file'), 'utf8').length, 10_000);
  }
});

rootTest('changes, message, platform and name are the new image’s', async (t) => {
  const store = openTestStore(t);
  const image = await importImage(store, pieces(tar([{ path: 'a' }])), {
    changes: ['CMD ["sh"]\nENV A=1'],
    message: 'from a disk',
    platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    name: 'docker.io/library/disk:1',
  });
  const { config } = image;
  t.deepEqual(config.config, { Cmd: ['sh'], Env: ['A=1'] });
  t.deepEqual([config.os, config.architecture, config.variant], ['linux', 'arm64', 'v8']);
  t.is(config.history?.[0]?.comment, 'from a disk');
});

rootTest('what is no archive is refused, and nothing of it stays', async (t) => {
  const store = openTestStore(t);
  for (const bytes of [Buffer.from('junk'), gzipSync(Buffer.alloc(5000, 'x')).subarray(0, 20), Buffer.alloc(600, 'x')]) {
    const error = await t.throwsAsync(importImage(store, pieces(bytes), REQUEST));
    t.true(isTsrunError(error, 'CORRUPT'), error?.message);
  }
  const limited = { ...store, limits: { maxBytes: 1000 } };
  const bomb = await t.throwsAsync(importImage(limited, pieces(gzipSync(Buffer.alloc(100_000))), REQUEST));
  t.true(isTsrunError(bomb, 'HOSTILE'));
  t.deepEqual(readdirSync(join(store.paths.root, 'scratch')), []);
  t.is(store.database.prepare('SELECT count(*) AS count FROM images').get()?.['count'], 0);
});

rootTest('hostile archives change nothing outside', async (t) => {
  const outside = temporaryDirectory(t);
  writeFileSync(join(outside, 'victim'), 'safe');
  for (const { name, layers, outcome } of hostileLayers(outside)) {
    const store = openTestStore(t);
    // An import has one layer: of several, that one attacks which comes last, with nothing below it.
    const importing = importImage(store, pieces(tar(layers.at(-1) ?? [])), REQUEST);
    if ('refused' in outcome) await t.throwsAsync(importing, undefined, name);
    else {
      const tree = treeOf(store, await importing);
      for (const [path, text] of Object.entries(outcome.inside)) t.is(readFileSync(join(tree, path), 'utf8'), text, name);
    }
    t.is(readFileSync(join(outside, 'victim'), 'utf8'), 'safe', name);
    t.deepEqual(readdirSync(outside), ['victim'], name);
  }
  t.false(existsSync('/evil'));
});
