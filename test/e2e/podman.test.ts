/** What tsrun saves, exports and commits, podman and GNU tar read: the same images, and the same files with all that an inode has. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { describeMerged } from '../helpers/merged-tree.ts';
import { rootTestWhere } from '../helpers/root.ts';
import { tar, type TarInput } from '../helpers/tar-writer.ts';
import { describeTree } from '../helpers/trees.ts';

const podmanTest = rootTestWhere(existsSync('/usr/bin/podman'), 'podman');

/** Binary, as `setcap` writes it. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const LONG = `${'long/'.repeat(40)}${'n'.repeat(120)}`;

/** What a shell can't make: it comes in by `cp`. */
const FILES: TarInput[] = [
  { path: 'data/', type: '5', mode: 0o1777, mtime: '1000000000.123456789' },
  { path: 'data/capable', data: 'x', mode: 0o755, xattrs: { 'security.capability': CAPABILITY }, mtime: '981173106.000000001' },
  { path: 'data/attributes', data: 'x', xattrs: { 'user.some': Buffer.from([0, 1, 255, 10, 61]) }, uid: 3_000_000_000, gid: 70_000 },
  { path: `data/${'n'.repeat(200)}`, data: 'a long name' },
  { path: 'data/latin-\xe9', data: 'no UTF-8' },
  { path: 'data/line\nbreak', data: 'a line break' },
  { path: 'data/link-\xff', type: '2', link: `../${'t'.repeat(150)}\xe9`, mtime: 5 },
];

/** `capable` and `attributes` are in the first layer, and come into the second by their mode. */
const FIRST = `chown 5:6 /data/latin-*; chmod 4711 /data/latin-*; ln /data/latin-* /data/name2; mkfifo -m 640 /data/pipe
  mknod -m 600 /data/node b 7 300; mknod /data/node2 c 260 70000; mkdir -p "/data/$(dirname ${LONG})"; echo deep > "/data/${LONG}"
  ln "/data/${LONG}" "/data/${LONG}2"; dd if=/dev/urandom of=/data/hole bs=1 count=700 seek=1000000; truncate -s 2000000 /data/hole
  mkdir /kept /replaced; touch /kept/old /replaced/old; ln -s nowhere /dangling; chmod 2755 /kept`;
const SECOND = `chmod 700 /data/capable; chmod 600 /data/attributes; rm -r /replaced /home; mkdir /replaced; touch /replaced/new
  rm /kept/old /bin/wget /data/name2; rm -r /var; echo file > /var; rm /dangling; mkdir /dangling; ln /data/capable /capable2; touch -d @1 /kept`;

interface Podman {
  /** Its store. */
  root: string;
  /** Call it; it must succeed. @returns what it printed, without the last newline */
  podman: (...words: string[]) => Promise<string>;
}

/** In a mount namespace of its own: what it mounts on its store goes with each call. */
function startPodman(t: ExecutionContext, engine: TestEngine): Podman {
  // Not in the engine's folder: the paths of podman's sockets must be short.
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-podman-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const root = join(directory, 'root');
  const settings = join(directory, 'storage.conf');
  writeFileSync(settings, `[storage]\ndriver = "overlay"\ngraphroot = "${root}"\nrunroot = "${directory}/run"\n`);
  const flags = ['--tmpdir', join(directory, 'tmp'), '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', '--events-backend', 'none'];
  const podman = (...words: string[]): Promise<string> =>
    mustRun(...engine.network.enter('unshare', ['--mount', 'podman', ...flags, ...words]), {
      // Nothing of the user's: neither its settings nor its logins.
      environment: { HOME: directory, XDG_RUNTIME_DIR: directory, CONTAINERS_STORAGE_CONF: settings },
      timeoutMs: 240_000,
    }).then((text) => text.trim());
  return { root, podman };
}

/** What a container would see of an image in podman's store. */
async function seenByPodman({ root, podman }: Podman, image: string, empty: string): Promise<string[]> {
  const data = '{{.GraphDriver.Data.UpperDir}}{{with index .GraphDriver.Data "LowerDir"}}:{{.}}{{end}}';
  const layers = (await podman('image', 'inspect', '--format', data, image)).split(':').toReversed();
  return describeMerged(
    root,
    layers.map((path) => relative(root, path)),
    relative(root, empty),
  );
}

/** What a container sees of an image here. */
async function seenHere(engine: TestEngine, image: string, empty: string): Promise<string[]> {
  const layers = JSON.parse(await engine.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image)) as string[];
  let chain = '';
  const names = layers.map((diffId) => {
    chain = chain === '' ? diffId : `sha256:${createHash('sha256').update(`${chain} ${diffId}`).digest('hex')}`;
    return chain.slice('sha256:'.length);
  });
  const directory = join(engine.root, 'layers');
  return describeMerged(directory, names, relative(directory, empty));
}

/** Without the mount points that every container has, and what lies in them. */
const withoutMountPoints = (lines: readonly string[]): string[] =>
  lines.filter((line) => !/^\["\/(?:\.dockerenv|(?:dev|etc|proc|sys)(?:\/.*)?)"/.test(line));

podmanTest('images and exported trees are to podman and to GNU tar what they are here', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const store = startPodman(t, engine);
  const at = (name: string): string => join(engine.directory, name);
  const empty = at('empty');
  mkdirSync(empty);

  await engine.ok('create', '--name', 'one', '--net', 'none', 'busybox', 'sh', '-ec', FIRST);
  const copied = await engine.tsrun(['cp', '--archive', '-', 'one:/'], { input: tar(FILES) });
  t.is(copied.code, 0, copied.stderr);
  await engine.ok('start', '--attach', 'one');
  await engine.ok('commit', 'one', 'mine:1');
  await engine.ok('run', '--name', 'two', '--net', 'none', 'mine:1', 'sh', '-ec', SECOND);
  await engine.ok('commit', 'two', 'mine:2');
  const expected = await seenHere(engine, 'mine:2', empty);
  const text = expected.join('\n');
  for (const part of [
    'security.capability=',
    'user.some=',
    '3000000000',
    '/data/latin-\xe9',
    'n'.repeat(200),
    '/replaced/new',
    '/data/node2',
  ])
    t.true(text.includes(part), part);
  for (const gone of ['/replaced/old', '/kept/old', '/bin/wget', '"/home']) t.false(text.includes(gone), gone);

  const id = (await engine.ok('image', 'inspect', '--format', '{{.Id}}', 'mine:2')).replace('sha256:', '');
  for (const format of ['docker-archive', 'oci-archive']) {
    await engine.ok('save', '--format', format, '--output', at(format), 'mine:2');
    await store.podman('load', '--quiet', '--input', at(format));
    const [name] = (await store.podman('images', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}')).split('\n');
    t.regex(name ?? '', new RegExp(`^sha256:${id} .*mine:2$`), format);
    t.deepEqual(await seenByPodman(store, id, empty), expected, format);
    // And back again: the same image.
    await store.podman('save', '--quiet', '--format', format, '--output', at(`${format}-of-podman`), id);
    await store.podman('rmi', '--force', id);
    await engine.ok('rmi', '--no-prune', 'mine:2');
    t.regex(await engine.ok('load', '--input', at(`${format}-of-podman`)), /^Loaded image/m);
    await engine.ok('tag', id, 'mine:2');
    t.deepEqual(await seenHere(engine, 'mine:2', empty), expected, format);
  }

  // The whole root as one archive.
  await engine.ok('export', '--output', at('export.tar'), 'two');
  await store.podman('import', '--quiet', at('export.tar'), 'exported');
  const gnu = at('gnu');
  mkdirSync(gnu);
  execFileSync('tar', ['--extract', '--file', at('export.tar'), '--directory', gnu, '--same-owner', '--same-permissions', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--delay-directory-restore'], { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } }); // prettier-ignore
  t.deepEqual(await seenByPodman(store, 'exported', empty), describeTree(gnu));
  t.deepEqual(withoutMountPoints(describeTree(gnu)), withoutMountPoints(expected));
  // Each layer by itself: GNU tar tells of every entry.
  await engine.ok('import', at('export.tar'), 'again');
  t.deepEqual(await seenHere(engine, 'again', empty), describeTree(gnu));
});
