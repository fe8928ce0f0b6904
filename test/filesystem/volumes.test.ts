import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { mountOf } from '../../src/filesystem/bind-source.ts';
import { rootLayers, wholeRoot, allocateOverlay, type RootLayers } from '../../src/filesystem/overlay.ts';
import { removingVolumes } from '../../src/filesystem/volume-removal.ts';
import type { Store } from '../../src/image/store/ingest-types.ts';
import { prepareMounts, releaseVolumes, volumeData } from '../../src/filesystem/volumes.ts';
import { native } from '../../src/kernel/native.ts';
import type { Container, MountRequest } from '../../src/model/container.ts';
import { isTsrunError } from '../../src/model/errors.ts';
import { anonymousVolumeName } from '../../src/model/volume-name.ts';
import { transaction } from '../../src/state/database.ts';
import { ingestImage, openTestStore } from '../helpers/image-store.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';

const container = (letter: string, ...mounts: MountRequest[]): Pick<Container, 'id' | 'config'> => ({
  id: letter.repeat(64),
  config: { mounts } as unknown as Container['config'],
});
const volume = (name: string | undefined, target: string, more: Partial<Extract<MountRequest, { type: 'volume' }>> = {}): MountRequest => ({
  type: 'volume',
  name,
  target,
  readOnly: false,
  copy: true,
  ...more,
});
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

async function withImage(t: ExecutionContext): Promise<{ store: Store; root: RootLayers }> {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    {
      tar: tar([
        { path: 'data/', type: '5', mode: 0o2770, uid: 33, gid: 34, mtime: 1e9 },
        { path: 'data/sub/', type: '5', mode: 0o700, mtime: '1234567890.5' },
        {
          path: 'data/sub/file',
          data: 'content',
          mode: 0o4755,
          uid: 5,
          mtime: '1234567890.000000007',
          xattrs: { 'security.capability': CAPABILITY },
        },
        { path: 'data/link', type: '2', link: '/etc/passwd' },
        { path: 'data/hard', type: '1', link: 'data/sub/file' },
        { path: 'data/\xff\xfe', data: 'bytes' },
        { path: 'data/null', type: '3', major: 1, minor: 3 },
        { path: 'where', type: '2', link: '/data' },
        { path: 'out', type: '2', link: '../../../../../../../../../../etc' },
        { path: 'file', data: 'x' },
      ]),
    },
    { tar: tar([{ path: 'data/upper', data: 'from the upper layer' }, { path: 'data/.wh.gone' }]) },
  ]);
  return { store, root: rootLayers(store.paths, image) };
}

rootTest("a new volume gets the image's content, whole", async (t) => {
  const { store, root } = await withImage(t);
  const [mount] = prepareMounts(store, container('a', volume('data', '/data', { readOnly: true })), root);
  const source = volumeData(store.paths, 'data');
  t.deepEqual(mount, { type: 'bind', source, target: '/data', readOnly: true });
  t.deepEqual(readdirSync(source, 'latin1').toSorted(), ['hard', 'link', 'null', 'sub', 'upper', '\xff\xfe'].toSorted());
  const known = statSync(source);
  t.deepEqual([known.mode & 0o7777, known.uid, known.gid, known.mtimeMs], [0o2770, 33, 34, 1e12]);
  const file = lstatSync(join(source, 'sub/file'), { bigint: true });
  t.deepEqual([Number(file.mode) & 0o7777, Number(file.uid), file.mtimeNs], [0o4755, 5, 1234567890000000007n]);
  t.is(lstatSync(join(source, 'hard'), { bigint: true }).ino, file.ino);
  t.deepEqual(Buffer.from(native().lgetxattr(join(source, 'sub/file'), 'security.capability') ?? []), CAPABILITY);
  t.is(readlinkSync(join(source, 'link')), '/etc/passwd');
  t.true(statSync(join(source, 'null')).isCharacterDevice());
  t.deepEqual(native().llistxattr(source), []);
});

rootTest('a new volume over /etc gets what the engine has there, too', async (t) => {
  const store = openTestStore(t);
  const image = await ingestImage(store, [
    {
      tar: tar([
        { path: 'etc/', type: '5', mode: 0o750 },
        { path: 'etc/motd', data: 'hello' },
      ]),
    },
  ]);
  const root = wholeRoot(allocateOverlay(store.paths, 'a'.repeat(64), image));
  prepareMounts(store, container('a', volume('etc', '/etc')), root);
  const source = volumeData(store.paths, 'etc');
  t.deepEqual(readdirSync(source).toSorted(), ['hostname', 'hosts', 'motd', 'mtab', 'resolv.conf']);
  t.is(readlinkSync(join(source, 'mtab')), '/proc/mounts');
  t.is(statSync(source).mode & 0o7777, 0o750);
  const onFile = (): unknown => prepareMounts(store, container('a', volume('mark', '/.dockerenv')), root);
  t.throws(onFile, { message: 'cannot mount volume over existing file, file exists /.dockerenv' });
});

rootTest('a volume that has something keeps it, also with another container', async (t) => {
  const { store, root } = await withImage(t);
  const source = volumeData(store.paths, 'v');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'mine'), 'mine');
  prepareMounts(store, container('a', volume('v', '/data')), root);
  t.deepEqual(readdirSync(source), ['mine']);
});

rootTest('what a program removed from its volume does not come back when it starts again', async (t) => {
  const { store, root } = await withImage(t);
  const one = container('a', volume('v', '/data'));
  prepareMounts(store, one, root);
  const source = volumeData(store.paths, 'v');
  rmSync(source, { recursive: true });
  mkdirSync(source);
  prepareMounts(store, one, root);
  t.deepEqual(readdirSync(source), []);
  // But another container's first use fills it.
  prepareMounts(store, container('b', volume('v', '/data')), root);
  t.true(readdirSync(source).length > 0);
});

rootTest('without copy, and where the image has nothing, a volume is empty; links stay inside', async (t) => {
  const { store, root } = await withImage(t);
  prepareMounts(
    store,
    container(
      'a',
      volume('nocopy', '/data', { copy: false }),
      volume('none', '/nothing'),
      volume('linked', '/where'),
      volume('out', '/out'),
    ),
    root,
  );
  for (const name of ['nocopy', 'none', 'out']) t.deepEqual(readdirSync(volumeData(store.paths, name)), [], name);
  t.is(statSync(volumeData(store.paths, 'none')).mode & 0o777, 0o755);
  t.true(existsSync(join(volumeData(store.paths, 'linked'), 'upper')));
  const error = t.throws(() => prepareMounts(store, container('b', volume('f', '/file')), root), {
    message: 'cannot mount volume over existing file, file exists /file',
  });
  t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
});

const release = (store: Store, id: string, removeAnonymous: boolean): string[] =>
  transaction(store.database, () => releaseVolumes(store.database, id, removeAnonymous));

rootTest('anonymous volumes are the same at each start, and go with their container', async (t) => {
  const { store, root } = await withImage(t);
  const one = container('a', volume(undefined, '/data'), volume('named', '/named'));
  const first = prepareMounts(store, one, root);
  t.deepEqual(prepareMounts(store, one, root), first);
  const name = anonymousVolumeName(one.id, 0);
  t.true(existsSync(volumeData(store.paths, name)));
  // Another container borrows it.
  prepareMounts(store, container('b', volume(name, '/borrowed')), root);
  release(store, one.id, true);
  t.true(existsSync(volumeData(store.paths, name)));
  const other = container('c', volume(undefined, '/data'));
  prepareMounts(store, other, root);
  const third = anonymousVolumeName(other.id, 0);
  release(store, other.id, false);
  t.true(existsSync(volumeData(store.paths, third)));
  const last = container('d', volume(undefined, '/data'), volume('named', '/n'));
  prepareMounts(store, last, root);
  const fourth = anonymousVolumeName(last.id, 0);
  t.true(existsSync(volumeData(store.paths, fourth)));
  removingVolumes(store, [fourth], () => release(store, last.id, true));
  t.false(existsSync(join(store.paths.root, 'volumes', fourth)));
  t.true(existsSync(volumeData(store.paths, 'named')));
});

rootTest('binds: -v makes a missing source, --mount complains', async (t) => {
  const { store, root } = await withImage(t);
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-bind-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const bind = (source: string, createSource: boolean, propagation?: string): MountRequest => ({
    type: 'bind',
    source,
    target: '/x',
    readOnly: false,
    propagation,
    createSource,
  });
  const prepare = (request: MountRequest): unknown => prepareMounts(store, container('a', request), root)[0];
  t.deepEqual(prepare(bind(join(folder, 'a/b'), true)), {
    type: 'bind',
    source: join(folder, 'a/b'),
    target: '/x',
    readOnly: false,
    propagation: undefined,
  });
  t.true(statSync(join(folder, 'a/b')).isDirectory());
  const missing = join(folder, 'missing');
  t.throws(() => prepare(bind(missing, false)), {
    message: `invalid mount config for type "bind": bind source path does not exist: ${missing}`,
  });
  writeFileSync(join(folder, 'file'), 'x');
  t.throws(() => prepare(bind(join(folder, 'file/x'), true)), { message: /error while creating mount source path/ });
  t.throws(() => prepare(bind('/proc/nothing/x', true)), {
    message: /error while creating mount source path '\/proc\/nothing\/x': mkdir \/proc\/nothing: no such file or directory$/,
  });
  t.is(readFileSync(join(folder, 'file'), 'utf8'), 'x');
  t.deepEqual(prepare({ type: 'tmpfs', target: '/t', options: 'size=1m' }), { type: 'tmpfs', target: '/t', options: 'size=1m' });
});

test('the mount that a path lies on', (t) => {
  const table = [
    '1 0 8:1 / / rw shared:1 - ext4 /dev/a rw',
    '2 1 0:5 / /mnt rw,relatime - tmpfs none rw',
    String.raw`3 2 0:6 / /mnt/with\040space rw master:4 shared:7 - tmpfs none rw`,
  ].join('\n');
  t.deepEqual(mountOf(table, '/etc'), { point: '/', optional: ['shared:1'] });
  t.deepEqual(mountOf(table, '/mntx'), { point: '/', optional: ['shared:1'] });
  t.deepEqual(mountOf(table, '/mnt/a'), { point: '/mnt', optional: [] });
  t.deepEqual(mountOf(table, '/mnt/with space/b'), { point: '/mnt/with space', optional: ['master:4', 'shared:7'] });
});
