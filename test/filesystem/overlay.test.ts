import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { allocateOverlay, containerOverlay, openOverlay, rootLayers } from '../../src/filesystem/overlay.ts';
import { openDirectoryIn, readFileIn, withRoot } from '../../src/filesystem/read-root.ts';
import { readImageUserFiles } from '../../src/filesystem/user-files.ts';
import { ingestImage, openTestStore, sha256 } from '../helpers/image-store.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';

rootTest("the writable layer looks like the image's root, whatever the umask", async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    { tar: tar([{ path: './', type: '5', mode: 0o1751, uid: 3, gid: 4 }]) },
    { tar: tar([{ path: 'x' }]) },
  ]);
  const before = process.umask(0o077);
  t.teardown(() => void process.umask(before));
  const overlay = allocateOverlay(store.paths, 'c1', image);
  const upper = statSync(overlay.upper);
  t.deepEqual([upper.mode & 0o7777, upper.uid, upper.gid], [0o1751, 3, 4]);
  t.deepEqual(readdirSync(overlay.upper), []);
  t.deepEqual(readdirSync(overlay.work), []);
  const chain = image.layers.map((id) => id.slice(7)).toReversed();
  t.deepEqual(overlay.lower, [`i/${chain[0]}`, ...chain]);
  t.deepEqual(containerOverlay(store.paths, 'c1', image), overlay);
});

rootTest('the init layer is made for the first container, and for one that has lost it', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [{ tar: tar([{ path: 'x' }]) }]);
  const { directory, lower } = containerOverlay(store.paths, 'c1', image);
  const init = join(directory, lower[0] ?? '');
  t.false(existsSync(init));
  allocateOverlay(store.paths, 'c1', image);
  const made = statSync(init);
  allocateOverlay(store.paths, 'c2', image);
  openOverlay(store.paths, 'c1', image);
  t.is(statSync(init).ino, made.ino);
  rmSync(init, { recursive: true });
  openOverlay(store.paths, 'c1', image);
  t.true(readdirSync(init).includes('.dockerenv'));
});

rootTest('an image without layers has an empty root', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, []);
  t.deepEqual(
    withRoot(rootLayers(store.paths, image), (fd) => readdirSync(`/proc/self/fd/${fd}`)),
    [],
  );
  const overlay = allocateOverlay(store.paths, 'c1', image);
  t.deepEqual(overlay.lower, ['i/empty', 'empty']);
  t.deepEqual(
    withRoot(overlay, (fd) => readdirSync(`/proc/self/fd/${fd}`)),
    ['.dockerenv', 'dev', 'etc', 'proc', 'sys'],
  );
  t.deepEqual(readImageUserFiles(store.paths, image), { passwd: '', group: '' });
});

rootTest('127 layers fit', (t) => {
  const { paths } = openTestStore(t);
  const layers = Array.from({ length: 125 }, (_unused, index) => sha256(Buffer.from(String(index))));
  // Two whose names begin alike.
  for (const end of ['1', '2']) layers.push(`sha256:${'ab'.repeat(5)}${end.repeat(54)}`);
  for (const [index, id] of layers.entries()) {
    mkdirSync(join(paths.root, 'layers', id.slice(7)), { recursive: true });
    writeFileSync(join(paths.root, 'layers', id.slice(7), `file-${index}`), String(index));
  }
  const root = rootLayers(paths, { layers });
  t.true(root.lower.join(':').length < 3700, String(root.lower.join(':').length));
  t.is(new Set(root.lower).size, 127);
  t.deepEqual(rootLayers(paths, { layers }), root);
  t.is(
    withRoot(root, (fd) => readdirSync(`/proc/self/fd/${fd}`).length),
    127,
  );
});

rootTest('passwd and group come through all layers, and then from the cache', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    {
      tar: tar([
        { path: 'etc/passwd', data: 'root:x:0:0::/root:/bin/sh\n' },
        { path: 'etc/group', data: 'old' },
        { path: 'real/group', data: 'new' },
      ]),
    },
    { tar: tar([{ path: 'etc/group', type: '2', link: '/real/group' }]) },
  ]);
  const wanted = { passwd: 'root:x:0:0::/root:/bin/sh\n', group: 'new' };
  t.deepEqual(readImageUserFiles(store.paths, image), wanted);
  const cache = join(store.paths.root, 'cache', `users-${image.id.slice(7)}.json`);
  t.deepEqual(JSON.parse(readFileSync(cache, 'utf8')), wanted);
  writeFileSync(cache, JSON.stringify({ passwd: 'cached', group: '' }));
  t.is(readImageUserFiles(store.paths, image).passwd, 'cached');
  // Cut off by a power failure.
  writeFileSync(cache, '{"passwd":"ro');
  t.deepEqual(readImageUserFiles(store.paths, image), wanted);
});

rootTest('no path in a root leads out of it', (t) => {
  const { paths } = openTestStore(t);
  const root = join(paths.root, 'layers', 'a'.repeat(64));
  mkdirSync(join(root, 'etc'), { recursive: true });
  const secret = join(paths.root, 'secret');
  writeFileSync(secret, 'secret');
  symlinkSync(secret, join(root, 'etc/absolute'));
  symlinkSync('../'.repeat(30) + secret.slice(1), join(root, 'etc/relative'));
  symlinkSync('/proc/self/root/etc/passwd', join(root, 'etc/magic'));
  symlinkSync('loop', join(root, 'etc/loop'));
  mkdirSync(join(root, 'etc/directory'));
  writeFileSync(join(root, 'etc/file'), 'inside');
  withRoot({ directory: join(paths.root, 'layers'), lower: ['a'.repeat(64)] }, (fd) => {
    t.is(readFileIn(fd, '/etc/file')?.toString(), 'inside');
    for (const path of [
      '/etc/absolute',
      '/etc/relative',
      '/etc/magic',
      '/etc/loop',
      `../../../..${secret}`,
      secret,
      '/etc/directory',
      '/etc/missing',
      '/etc/file/x',
    ]) {
      t.is(readFileIn(fd, path), undefined, path);
    }
    t.throws(() => readFileIn(fd, '/etc/file', 3), { message: /more than such a file can have/ });
    t.is(openDirectoryIn(fd, '/missing'), undefined);
    t.throws(() => openDirectoryIn(fd, '/etc/file'), { code: 'ENOTDIR' });
  });
  chmodSync(secret, 0o600);
  chownSync(secret, 0, 0);
});
