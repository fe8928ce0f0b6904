import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { native } from '../../../src/kernel/native.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { ingestImage, openTestStore, sha256, treeOf } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar, tarEntry, type TarInput } from '../../helpers/tar-writer.ts';

const layer = (...entries: TarInput[]): { tar: Buffer } => ({ tar: tar(entries) });
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

rootTest('owners, modes, times, attributes, links, devices', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    layer(
      { path: './', type: '5', mode: 0o711, mtime: 1_000_000_000 },
      { path: 'bin/', type: '5', mode: 0o755, mtime: '1234567890.000000123' },
      { path: 'bin/su', mode: 0o4755, data: 'su', uid: 0, gid: 5 },
      { path: 'bin/ping', mode: 0o755, data: 'ping', xattrs: { 'security.capability': CAPABILITY, 'user.note': 'hello' }, uid: 3, gid: 4 },
      { path: 'bin/ping4', type: '1', link: './bin/ping' },
      { path: 'tmp/', type: '5', mode: 0o1777 },
      { path: 'mail/', type: '5', mode: 0o2775, gid: 8, xattrs: { 'user.dir': 'x' } },
      { path: 'mail/root', data: 'x', mtime: '1500000000.987654321' },
      { path: 'abs', type: '2', link: '/etc/passwd', uid: 9, gid: 9, mtime: 77 },
      { path: 'dev/null', type: '3', major: 1, minor: 3, mode: 0o666 },
      { path: 'dev/sda', type: '4', major: 8, minor: 0, mode: 0o660, gid: 6 },
      { path: 'run/fifo', type: '6', mode: 0o600 },
      { path: 'latin-\xe9/\xff', data: 'bytes', xattrs: { 'user.a': 'b' } },
    ),
  ]);
  const tree = treeOf(store, image);
  const at = (name: string): string => join(tree, name);
  t.is(statSync(tree).mode & 0o7777, 0o711);
  t.is(statSync(tree).mtimeMs, 1e12);
  t.is(lstatSync(at('bin'), { bigint: true }).mtimeNs, 1234567890000000123n);
  const su = statSync(at('bin/su'));
  t.deepEqual([su.mode & 0o7777, su.uid, su.gid], [0o4755, 0, 5]);
  t.deepEqual(Buffer.from(native().lgetxattr(at('bin/ping'), 'security.capability') ?? []), CAPABILITY);
  t.is(Buffer.from(native().lgetxattr(at('bin/ping'), 'user.note') ?? []).toString(), 'hello');
  t.is(statSync(at('bin/ping')).uid, 3);
  t.is(statSync(at('bin/ping4')).ino, statSync(at('bin/ping')).ino);
  t.is(statSync(at('tmp')).mode & 0o7777, 0o1777);
  t.deepEqual([statSync(at('mail')).mode & 0o7777, statSync(at('mail')).gid], [0o2775, 8]);
  t.is(Buffer.from(native().lgetxattr(at('mail'), 'user.dir') ?? []).toString(), 'x');
  // The directory hands its group down; the layer says 0.
  t.is(statSync(at('mail/root')).gid, 0);
  t.is(lstatSync(at('mail/root'), { bigint: true }).mtimeNs, 1500000000987654321n);
  t.is(readlinkSync(at('abs')), '/etc/passwd');
  t.deepEqual([lstatSync(at('abs')).uid, lstatSync(at('abs')).mtimeMs], [9, 77_000]);
  t.true(statSync(at('dev/null')).isCharacterDevice());
  t.is(statSync(at('dev/null')).rdev, (1 << 8) | 3);
  t.is(statSync(at('dev/null')).mode & 0o777, 0o666);
  t.true(statSync(at('dev/sda')).isBlockDevice());
  t.true(statSync(at('run/fifo')).isFIFO());
  t.is(statSync(at('run')).mode & 0o777, 0o755);
  t.is(
    readFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x6c, 0x61, 0x74, 0x69, 0x6e, 0x2d, 0xe9, 0x2f, 0xff])])).toString(),
    'bytes',
  );
  t.is(image.size, 2 + 4 + 1 + 5);
});

rootTest('later entries win', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    layer(
      { path: 'a', data: 'first' },
      { path: 'a', data: 'second', mode: 0o600 },
      { path: 'b/c/d', data: 'deep' },
      { path: 'b', data: 'a file over a directory' },
      { path: 'f', data: 'file' },
      { path: 'f', type: '5', mode: 0o700 },
      { path: 'f/in', data: 'in' },
      { path: 'd', type: '5', mode: 0o700 },
      { path: 'd/kept', data: 'kept' },
      { path: 'd', type: '5', mode: 0o755, uid: 1 },
      { path: 'l', type: '2', link: 'a' },
      { path: 'l', data: 'not through the link' },
      { path: 'self', data: 'self' },
      { path: 'self', type: '1', link: 'self' },
    ),
  ]);
  const tree = treeOf(store, image);
  t.is(readFileSync(join(tree, 'a'), 'utf8'), 'second');
  t.is(readFileSync(join(tree, 'b'), 'utf8'), 'a file over a directory');
  t.is(readFileSync(join(tree, 'f/in'), 'utf8'), 'in');
  t.is(readFileSync(join(tree, 'd/kept'), 'utf8'), 'kept');
  t.deepEqual([statSync(join(tree, 'd')).mode & 0o777, statSync(join(tree, 'd')).uid], [0o755, 1]);
  t.true(lstatSync(join(tree, 'l')).isFile());
  t.is(readFileSync(join(tree, 'self'), 'utf8'), 'self');
});

const isWhiteout = (path: string): boolean => lstatSync(path).isCharacterDevice() && lstatSync(path).rdev === 0;
const isOpaque = (path: string): boolean => Buffer.from(native().lgetxattr(path, 'trusted.overlay.opaque') ?? []).toString() === 'y';

rootTest('whiteouts become what overlayfs knows', async (t) => {
  const store = openTestStore(t);
  const base = layer(
    ...['gone', 'dir/old', 'dir2/old', 'dir3/old', 'again/old', 'both/old', 'under/old/x', 'order/old'].map((path) => ({
      path,
      data: 'base',
    })),
  );
  const image = await ingestImage(store, [
    base,
    layer(
      { path: '.wh.gone' },
      { path: 'dir/.wh..wh..opq' },
      { path: 'dir/new', data: 'new' },
      { path: 'dir2/.wh.old' },
      { path: '.wh.again' },
      { path: 'again/', type: '5' },
      { path: 'again/new', data: 'new' },
      // A file made where a whiteout was: the directory must hide the old one.
      { path: '.wh.under' },
      { path: 'under/new', data: 'new' },
      // The other order: whiteouts hide lower layers only.
      { path: 'order/', type: '5' },
      { path: 'order/new', data: 'new' },
      { path: '.wh.order' },
      { path: '.wh..wh.plnk/1.2', data: 'aufs' },
      { path: 'missing/.wh.thing' },
    ),
  ]);
  const tree = treeOf(store, image);
  t.true(isWhiteout(join(tree, 'gone')));
  t.true(isOpaque(join(tree, 'dir')));
  t.true(isWhiteout(join(tree, 'dir2/old')));
  for (const name of ['again', 'under', 'order']) t.true(isOpaque(join(tree, name)), name);
  t.deepEqual(
    readdirSync(tree).filter((name) => name.startsWith('.wh')),
    [],
  );
  // What a container would see.
  const fd = native().overlayMount(
    join(store.paths.root, 'layers'),
    image.layers.map((id) => id.slice(7)).toReversed(),
    undefined,
    undefined,
    '',
  );
  t.deepEqual(
    execFileSync('find', ['.', '-type', 'f', '-printf', '%P\\n'], { cwd: `/proc/${process.pid}/fd/${fd}`, encoding: 'utf8' })
      .trim()
      .split('\n')
      .toSorted(),
    ['again/new', 'both/old', 'dir/new', 'dir3/old', 'order/new', 'under/new'],
  );
});

rootTest('directories that a layer does not describe look as they do below', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    layer(
      { path: './', type: '5', mode: 0o750, uid: 7 },
      { path: 'tmp/', type: '5', mode: 0o1777 },
      { path: 'srv/www/', type: '5', mode: 0o2750, uid: 33, gid: 33, xattrs: { 'user.k': 'v' } },
    ),
    layer({ path: 'other', data: 'x' }),
    layer({ path: 'tmp/x', data: 'x' }, { path: 'srv/www/index', data: 'x' }, { path: 'fresh/x', data: 'x' }),
  ]);
  const tree = treeOf(store, image);
  const look = (name: string): number[] => [
    statSync(join(tree, name)).mode & 0o7777,
    statSync(join(tree, name)).uid,
    statSync(join(tree, name)).gid,
  ];
  t.deepEqual(look(''), [0o750, 7, 0]);
  t.deepEqual(look('tmp'), [0o1777, 0, 0]);
  t.deepEqual(look('srv/www'), [0o2750, 33, 33]);
  t.is(Buffer.from(native().lgetxattr(join(tree, 'srv/www'), 'user.k') ?? []).toString(), 'v');
  t.deepEqual(look('fresh'), [0o755, 0, 0]);
});

rootTest('a hard link to a file of a lower layer is a copy of it', async (t) => {
  const store = openTestStore(t);
  const lower = layer(
    { path: 'bin/tool', data: 'tool', mode: 0o4755, uid: 5, gid: 6, mtime: 1e9, xattrs: { 'security.capability': CAPABILITY } },
    { path: 'evil', type: '2', link: '/etc/passwd' },
  );
  const image = await ingestImage(store, [
    lower,
    layer({ path: 'new/link', type: '1', link: 'bin/tool' }, { path: 'second', type: '1', link: 'new/link' }),
  ]);
  const tree = treeOf(store, image);
  for (const name of ['new/link', 'second']) {
    const known = statSync(join(tree, name));
    t.is(readFileSync(join(tree, name), 'utf8'), 'tool');
    t.deepEqual([known.mode & 0o7777, known.uid, known.gid, known.mtimeMs], [0o4755, 5, 6, 1e12]);
    t.deepEqual(Buffer.from(native().lgetxattr(join(tree, name), 'security.capability') ?? []), CAPABILITY);
  }
  for (const target of ['nowhere', 'evil', '/bin', 'etc/shadow']) {
    const error = await t.throwsAsync(ingestImage(store, [lower, layer({ path: 'x', type: '1', link: target })]));
    t.true(isTsrunError(error, 'CORRUPT'), `${target}: ${error.message}`);
  }
  t.deepEqual(readdirSync(join(store.paths.root, 'scratch')), []);
});

rootTest('gzip of several members, zstd, and tiny pieces', async (t) => {
  const content = tar([{ path: 'file', data: 'x'.repeat(100_000) }]);
  const blobs = [
    Buffer.concat([gzipSync(content.subarray(0, 5000)), gzipSync(content.subarray(5000))]),
    zstdCompressSync(content),
    content,
  ];
  for (const [index, blob] of blobs.entries()) {
    const store = openTestStore(t);
    const image = await ingestImage(store, [{ tar: content, blob }], { piece: index === 2 ? 100_000 : 3 });
    t.is(statSync(join(treeOf(store, image), 'file')).size, 100_000);
  }
});

rootTest('a damaged blob leaves nothing', async (t) => {
  const store = openTestStore(t);
  const content = tar([{ path: 'file', data: 'x'.repeat(100_000) }]);
  const blob = gzipSync(content);
  const cut = blob.subarray(0, blob.length - 20);
  const wrongDiff = tar([{ path: 'other' }]);
  const cases: [{ tar: Uint8Array; blob?: Uint8Array }, string][] = [
    [{ tar: content, blob: cut }, 'CORRUPT'],
    [{ tar: wrongDiff, blob }, 'DIGEST_MISMATCH'],
    [{ tar: content.subarray(0, 70_000) }, 'CORRUPT'],
    [{ tar: Buffer.from('this is not a tar archive, but it is long enough to be read as a header'.repeat(10)) }, 'CORRUPT'],
  ];
  for (const [each, code] of cases) {
    const error = await t.throwsAsync(ingestImage(store, [each]));
    t.is((error as { code?: string }).code, code, error.message);
  }
  t.deepEqual(readdirSync(join(store.paths.root, 'scratch')), []);
  t.is(sha256(content).length, 71);
});

rootTest('limits on what a layer becomes', async (t) => {
  const store = openTestStore(t);
  const bomb = tar(Array.from({ length: 50 }, (_unused, index) => ({ path: `f${index}`, data: 'x'.repeat(1000) })));
  for (const limits of [{ maxBytes: 20_000 }, { maxEntries: 10 }]) {
    const error = await t.throwsAsync(ingestImage(store, [{ tar: bomb, blob: gzipSync(bomb) }], { limits }));
    t.true(isTsrunError(error, 'HOSTILE'), error.message);
  }
  const sparse = tar([
    {
      path: 's',
      data: '',
      pax: { 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1', 'GNU.sparse.size': String(2 ** 45), 'GNU.sparse.map': '0,0' },
    },
  ]);
  t.true(isTsrunError(await t.throwsAsync(ingestImage(store, [{ tar: sparse }], { limits: { maxBytes: 2 ** 40 } })), 'HOSTILE'));
});

rootTest('GNU tar makes the same tree', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-compare-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [source, theirs, archive] = [join(folder, 'source'), join(folder, 'theirs'), join(folder, 'a.tar')];
  for (const each of [source, theirs]) mkdirSync(each);
  const script = `umask 022; mkdir -p a/b/c "n ä" && echo 1 > a/1 && ln a/1 a/b/2 && ln -s ../1 a/b/l && mknod a/n c 1 3 && mkfifo a/p && truncate -s 5M a/hole && echo x | dd of=a/hole bs=1 seek=3M conv=notrunc status=none
    && chmod 6755 a/1 && chmod 1777 a/b && chown 12:34 a/b/c && chown -h 5:5 a/b/l && touch -d '2001-02-03 04:05:06.789' a/b/c "n ä" && cp /bin/busybox a/b/c/ && touch "$(printf 'bad\\377name')"`;
  execFileSync('sh', ['-ec', script.replaceAll('\n', ' ')], { cwd: source });
  native().lsetxattr(join(source, 'a/b/c'), 'user.x', Buffer.from('y'));
  execFileSync('tar', [
    '--create',
    `--file=${archive}`,
    `--directory=${source}`,
    '--format=posix',
    '--xattrs',
    '--xattrs-include=*',
    '--sparse',
    '--numeric-owner',
    '.',
  ]);
  execFileSync('tar', [
    '--extract',
    `--file=${archive}`,
    `--directory=${theirs}`,
    '--xattrs',
    '--xattrs-include=*',
    '--numeric-owner',
    '--same-owner',
    '-p',
  ]);
  const store = openTestStore(t);
  const image = await ingestImage(store, [{ tar: readFileSync(archive) }]);
  const list = (tree: string): string[] =>
    execFileSync(
      'sh',
      ['-c', 'find . -printf "%P %y %m %U %G %n %T@ %l\\n"; find . -type f -exec sha256sum {} +; find . -name hole -printf "%b\\n"'],
      { cwd: tree, encoding: 'latin1' },
    )
      .split('\n')
      .toSorted();
  t.deepEqual(list(treeOf(store, image)), list(theirs));
  t.is(Buffer.from(native().lgetxattr(join(treeOf(store, image), 'a/b/c'), 'user.x') ?? []).toString(), 'y');
});

rootTest('overlayfs attributes in a layer are not obeyed', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    layer({ path: 'd/', type: '5', xattrs: { 'trusted.overlay.redirect': '/etc', 'trusted.overlay.opaque': 'y', 'user.ok': '1' } }),
  ]);
  t.deepEqual(native().llistxattr(join(treeOf(store, image), 'd')), ['user.ok']);
  t.is(tarEntry({ path: 'x' }).length, 512);
});
