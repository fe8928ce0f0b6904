import { closeSync, existsSync, lstatSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { makeInitLayer } from '../../src/filesystem/init-layer.ts';
import { native } from '../../src/kernel/native.ts';
import { initLayersDirectory, layersDirectory, type EnginePaths } from '../../src/state/paths.ts';
import { mustRun } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

interface Layers {
  paths: EnginePaths;
  /** Where they are, and their names there, from the top. */
  directory: string;
  lower: string[];
}

/** Layers, from the top, that were made by a shell in their directories. */
async function layersOf(t: ExecutionContext, ...scripts: string[]): Promise<Layers> {
  const root = temporaryDirectory(t);
  const paths = { root, state: join(root, 'state') };
  const directory = layersDirectory(paths);
  const lower = scripts.map((_script, index) => `layer-${index}`);
  for (const [index, script] of scripts.entries()) {
    const layer = join(directory, `layer-${index}`);
    await mustRun('mkdir', ['-p', layer]);
    await mustRun('sh', ['-ec', `cd "$1"; ${script}`, 'sh', layer]);
  }
  return { paths, directory, lower };
}

/** @returns the path of what was made */
function make({ paths, directory, lower }: Layers, name = 'made'): string {
  const target = join(initLayersDirectory(paths), name);
  makeInitLayer(paths, target, directory, lower);
  return target;
}

const all = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted();

const looks = (path: string): unknown[] => {
  const { mode, uid, gid, size } = lstatSync(path);
  return [(mode & 0o7777).toString(8), uid, gid, lstatSync(path).isDirectory() ? 'directory' : size];
};

const EVERYTHING = [
  '.dockerenv',
  'dev',
  'dev/console',
  'dev/pts',
  'dev/shm',
  'etc',
  'etc/hostname',
  'etc/hosts',
  'etc/mtab',
  'etc/resolv.conf',
  'proc',
  'sys',
];

rootTest('an empty image gets everything, whatever the umask', async (t) => {
  const layers = await layersOf(t, 'true');
  const before = process.umask(0o077);
  const made = ((): string => {
    try {
      return make(layers);
    } finally {
      process.umask(before);
    }
  })();
  t.deepEqual(all(made), EVERYTHING);
  for (const path of ['.dockerenv', 'dev/console', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf'])
    t.deepEqual(looks(join(made, path)), ['755', 0, 0, 0], path);
  for (const path of ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys', '.'])
    t.deepEqual(looks(join(made, path)), ['755', 0, 0, 'directory'], path);
  t.is(readlinkSync(join(made, 'etc/mtab')), '/proc/mounts');
  t.deepEqual(readdirSync(join(layers.paths.root, 'scratch')), []);
});

rootTest('its root looks as the uppermost layer, its directories as in the uppermost layer that has them', async (t) => {
  const layers = await layersOf(t, 'chmod 1751 .; chown 5:6 .', 'mkdir etc; chown 3:4 etc; chmod 2750 etc', 'mkdir -m 700 etc dev');
  const [top, etc] = [join(layers.directory, 'layer-0'), join(layers.directory, 'layer-1/etc')];
  native().lsetxattr(top, 'user.note', Buffer.from('root'));
  native().lsetxattr(etc, 'user.note', Buffer.from('kept'));
  const made = make(layers);
  const note = (path: string): string => Buffer.from(native().lgetxattr(path, 'user.note') ?? []).toString();
  t.deepEqual(looks(made), ['1751', 5, 6, 'directory']);
  t.is(note(made), 'root');
  t.deepEqual(looks(join(made, 'etc')), ['2750', 3, 4, 'directory']);
  t.is(note(join(made, 'etc')), 'kept');
  t.deepEqual(looks(join(made, 'dev')), ['700', 0, 0, 'directory']);
});

rootTest('directories that the image has stay; files and links under these names give way', async (t) => {
  const kept = await layersOf(
    t,
    'mkdir -p dev/pts dev/shm dev/console etc/mtab etc/hosts etc/hostname etc/resolv.conf proc sys .dockerenv',
  );
  t.deepEqual(all(make(kept)), []);

  const outside = '"$PWD/../../outside"';
  const given = await layersOf(
    t,
    `mkdir etc dev; for name in proc sys dev/shm etc/mtab etc/resolv.conf; do ln -s ${outside} $name; done; mknod dev/console c 5 1`,
    'mkdir etc dev; echo own >etc/hosts; echo own >.dockerenv; chmod 600 etc/hosts; echo own >dev/pts',
  );
  writeFileSync(join(given.paths.root, 'outside'), 'untouched');
  const made = make(given);
  t.deepEqual(all(made), EVERYTHING);
  t.deepEqual(looks(join(made, 'etc/hosts')), ['755', 0, 0, 0]);
  t.true(lstatSync(join(made, 'dev/console')).isFile());
  t.is(statSync(join(given.paths.root, 'outside')).size, 'untouched'.length);
});

for (const [what, script] of [
  ['is gone', 'mknod etc c 0 0'],
  ['is a link now', 'ln -s "$PWD/../layer-1/etc" etc'],
  ['is a file now', 'echo file >etc'],
] as const) {
  rootTest(`where the image's etc ${what}, nothing of the old one comes back`, async (t) => {
    const layers = await layersOf(t, script, 'mkdir -p etc/mtab; chmod 700 etc; echo old >etc/old');
    const made = make(layers);
    t.deepEqual(looks(join(made, 'etc')), ['755', 0, 0, 'directory']);
    t.is(readlinkSync(join(made, 'etc/mtab')), '/proc/mounts');
    const whole = native().overlayMount(layers.directory, ['i/made', ...layers.lower], undefined, undefined, '');
    try {
      t.deepEqual(readdirSync(`/proc/self/fd/${whole}/etc`), ['hostname', 'hosts', 'mtab', 'resolv.conf']);
    } finally {
      closeSync(whole);
    }
    t.deepEqual(all(join(layers.directory, 'layer-1')), ['etc', 'etc/mtab', 'etc/old']);
  });
}

rootTest('one that is there already is kept', async (t) => {
  const layers = await layersOf(t, 'true');
  const made = make(layers);
  const { ino } = statSync(made);
  make(layers);
  t.is(statSync(made).ino, ino);
  t.deepEqual(readdirSync(join(layers.paths.root, 'scratch')), []);
});

rootTest('an image that has lost a layer gets none', async (t) => {
  const layers = await layersOf(t, 'true', 'mkdir etc');
  t.throws(() => make({ ...layers, lower: [...layers.lower, 'lost'] }), { code: 'ENOENT' });
  t.false(existsSync(initLayersDirectory(layers.paths)));
  t.deepEqual(readdirSync(join(layers.paths.root, 'scratch')), []);
});
