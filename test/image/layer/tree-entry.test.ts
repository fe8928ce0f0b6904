import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { statEntry, treeEntry } from '../../../src/image/layer/tree-entry.ts';

test('what is removed or replaced after it was looked at is no entry, and no error', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-entry-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [file, link, inside] = ['file', 'link', 'directory/inside'].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(join(folder, 'directory'));
  writeFileSync(file, '');
  writeFileSync(inside, '');
  symlinkSync('file', link);
  const known = [file, link, inside].map((path) => statEntry(path));
  const entries = (): unknown[] => known.map((found, index) => found && treeEntry([file, link, inside][index] ?? '', 'name', found)?.type);
  t.deepEqual(entries(), ['file', 'symlink', 'file']);
  rmSync(file);
  rmSync(link);
  writeFileSync(link, '');
  rmSync(join(folder, 'directory'), { recursive: true });
  writeFileSync(join(folder, 'directory'), '');
  t.deepEqual(entries(), [undefined, undefined, undefined]);
  t.is(statEntry(file), undefined);
});
