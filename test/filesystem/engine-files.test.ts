import { lstatSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hasMountPoints, placeEngineFiles, placeMountPoints } from '../../src/filesystem/engine-files.ts';
import type { ContainerOverlay } from '../../src/filesystem/overlay.ts';
import { native } from '../../src/kernel/native.ts';
import { mustRun } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

/** An overlay whose layers, from the top, were made by a shell in their directories. */
async function overlayOf(t: ExecutionContext, ...layers: string[]): Promise<ContainerOverlay> {
  const directory = temporaryDirectory(t);
  const upper = join(directory, 'upper');
  const lower = layers.map((_script, index) => `layer-${index}`);
  for (const name of ['upper', ...lower]) await mustRun('mkdir', [join(directory, name)]);
  for (const [index, script] of layers.entries())
    await mustRun('sh', ['-ec', `cd "$1"; ${script}`, 'sh', join(directory, `layer-${index}`)]);
  return { directory, lower, upper, work: join(directory, 'work') };
}

const looks = (path: string): unknown[] => {
  const { mode, uid, gid, mtimeMs } = lstatSync(path);
  return [(mode & 0o7777).toString(8), uid, gid, mtimeMs];
};

/** Nothing is waited for meanwhile: other tests of this file have the same umask. */
function underUmask(umask: number, work: () => void): void {
  const before = process.umask(umask);
  try {
    work();
  } finally {
    process.umask(before);
  }
}

rootTest('an empty mark and a link to the table of mounts, with the time given, whatever the umask', async (t) => {
  const overlay = await overlayOf(t, 'mkdir etc');
  underUmask(0o077, () => placeEngineFiles(overlay, 1000));
  t.deepEqual(looks(join(overlay.upper, '.dockerenv')), ['755', 0, 0, 1_000_000]);
  t.is(statSync(join(overlay.upper, '.dockerenv')).size, 0);
  t.deepEqual(looks(join(overlay.upper, 'etc/mtab')), ['777', 0, 0, 1_000_000]);
  t.is(readlinkSync(join(overlay.upper, 'etc/mtab')), '/proc/mounts');
  t.deepEqual(looks(join(overlay.upper, 'etc')).slice(0, 3), ['755', 0, 0]);
});

rootTest('etc looks as in the uppermost layer that has it', async (t) => {
  const overlay = await overlayOf(t, 'true', 'mkdir etc; chown 3:4 etc; chmod 2750 etc', 'mkdir -m 700 etc');
  const etc = join(overlay.directory, 'layer-1/etc');
  native().lsetxattr(etc, 'user.note', Buffer.from('kept'));
  native().lsetxattr(etc, 'trusted.overlay.opaque', Buffer.from('y'));
  placeEngineFiles(overlay, 1000);
  const made = join(overlay.upper, 'etc');
  t.deepEqual(looks(made).slice(0, 3), ['2750', 3, 4]);
  t.deepEqual(Buffer.from(native().lgetxattr(made, 'user.note') ?? []).toString(), 'kept');
  t.is(native().lgetxattr(made, 'trusted.overlay.opaque'), undefined);
});

for (const [what, script] of [
  ['no etc', 'true'],
  ['an etc that is gone', 'mknod etc c 0 0'],
  ['a link for etc', 'ln -s /outside etc'],
] as const) {
  rootTest(`with ${what} in the image it is made`, async (t) => {
    const overlay = await overlayOf(t, script, script === 'true' ? 'true' : 'mkdir -m 700 etc');
    writeFileSync(join(overlay.directory, 'outside'), '');
    placeEngineFiles(overlay, 1000);
    t.deepEqual(looks(join(overlay.upper, 'etc')).slice(0, 3), ['755', 0, 0]);
    t.is(readlinkSync(join(overlay.upper, 'etc/mtab')), '/proc/mounts');
  });
}

rootTest('a directory that the image has for one of them stays; one that is hidden does not', async (t) => {
  const both = 'mkdir -p etc/mtab .dockerenv';
  const kept = await overlayOf(t, 'mkdir etc', both);
  placeEngineFiles(kept, 1000);
  t.deepEqual([...readdirSync(kept.upper), ...readdirSync(join(kept.upper, 'etc'))], ['etc']);

  const whiteouts = await overlayOf(t, 'mkdir etc; mknod etc/mtab c 0 0; mknod .dockerenv c 0 0', both);
  const opaque = await overlayOf(t, 'mkdir etc; touch .dockerenv', both);
  native().lsetxattr(join(opaque.directory, 'layer-0/etc'), 'trusted.overlay.opaque', Buffer.from('y'));
  // Of the host, where it leads, nothing counts.
  const link = await overlayOf(t, 'ln -s "$PWD/../layer-1/etc" etc; touch .dockerenv', both);
  for (const hidden of [whiteouts, opaque, link]) {
    placeEngineFiles(hidden, 1000);
    t.true(statSync(join(hidden.upper, '.dockerenv')).isFile());
    t.is(readlinkSync(join(hidden.upper, 'etc/mtab')), '/proc/mounts');
  }
});

rootTest('mount points are made where the image has none, or something else for a directory', async (t) => {
  const bare = await overlayOf(t, 'mkdir etc; mknod etc/hosts c 0 0', 'mkdir etc; echo old >etc/hosts');
  underUmask(0o077, () => {
    placeEngineFiles(bare, 1000);
    placeMountPoints(bare);
  });
  for (const path of ['dev', 'dev/pts', 'dev/shm', 'proc', 'sys', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf', 'dev/console'])
    t.deepEqual(looks(join(bare.upper, path)).slice(0, 3), ['755', 0, 0], path);
  t.is(statSync(join(bare.upper, 'etc/hosts')).size, 0);
  t.true(statSync(join(bare.upper, 'dev/console')).isFile());

  const own = await overlayOf(
    t,
    'mkdir -m 750 dev sys; echo own >tmp; ln -s tmp proc; mkdir etc; ln -s ../tmp etc/resolv.conf; mknod dev/console c 5 1',
  );
  placeEngineFiles(own, 1000);
  placeMountPoints(own);
  t.deepEqual(looks(join(own.upper, 'dev')).slice(0, 3), ['750', 0, 0]);
  t.true(lstatSync(join(own.upper, 'proc')).isDirectory());
  const made = readdirSync(own.upper, { recursive: true, encoding: 'utf8' }).toSorted();
  t.deepEqual(made, ['.dockerenv', 'dev', 'dev/pts', 'dev/shm', 'etc', 'etc/hostname', 'etc/hosts', 'etc/mtab', 'proc']);
});

test('which directories have mount points in them', (t) => {
  for (const target of ['/etc', '/dev', '/etc/hosts']) t.true(hasMountPoints(target), target);
  for (const target of ['/proc', '/dev/shm', '/etc/nginx', '/et', '/data']) t.false(hasMountPoints(target), target);
});
