import { linkSync, mkdirSync, readdirSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { treeSize } from '../../src/filesystem/tree-size.ts';
import { native } from '../../src/kernel/native.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

/** Where descriptors of this process lead, below a directory. */
function openBelow(root: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(root) ? [target] : [];
    } catch {
      return []; // closed meanwhile: another's
    }
  });
}

test('files with several names count once, links their own length, what is not there nothing', (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'sub'));
  writeFileSync(join(root, 'sub/one'), '12345');
  linkSync(join(root, 'sub/one'), join(root, 'two'));
  symlinkSync('sub', join(root, 'link'));
  t.is(treeSize(root), 8);
  t.is(
    treeSize(root, (stats) => stats.isFile()),
    5,
  );
  t.is(treeSize(join(root, 'nothing')), 0);
  t.is(treeSize(join(root, 'two')), 0);
});

test('directories deeper than a path can be, beside others, and no descriptor is left', (t) => {
  const root = temporaryDirectory(t);
  const name = 'n'.repeat(200);
  const [deep, above] = [join(root, 'deep'), join(root, 'above')];
  mkdirSync(deep);
  // From the bottom up: no path is long.
  for (let level = 0; level < 100; level++) {
    writeFileSync(join(deep, 'file'), '1');
    mkdirSync(above);
    renameSync(deep, join(above, name));
    renameSync(above, deep);
  }
  t.teardown(() => native().removeTree(deep));
  writeFileSync(join(root, 'last'), '22');
  t.is(treeSize(root), 102);
  t.deepEqual(openBelow(root), []);
});
