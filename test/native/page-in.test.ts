/** build/tsrun-page-in: read a program into the page cache in huge pages. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { command } from '../helpers/command.ts';
import { makeDirectory } from './small-root.ts';

const program = join(import.meta.dirname, '../../build/tsrun-page-in');
const MEGABYTES = 1024 * 1024;

test('says how much of a file is in huge pages: some, or none where its file system or the memory has no such', async (t) => {
  const file = join(makeDirectory(t), 'file');
  const bytes = randomBytes(7 * MEGABYTES);
  writeFileSync(file, bytes);
  const first = await command(program, [file]);
  t.is(first.stderr, '');
  t.is(first.code, 0);
  // Memory that is in pieces has fewer of them, and more or fewer a moment later.
  const report = new RegExp(`^${file}: (0|2048|4096|6144) of 6144 kB in huge pages\n$`);
  t.regex(first.stdout, report);
  t.regex((await command(program, [file])).stdout, report);
  t.true(readFileSync(file).equals(bytes));
});

test('a small file, and an empty one, have no huge pages', async (t) => {
  const folder = makeDirectory(t);
  writeFileSync(join(folder, 'small'), randomBytes(MEGABYTES));
  writeFileSync(join(folder, 'empty'), '');
  const { stdout, code } = await command(program, ['small', 'empty'], { cwd: folder });
  t.is(stdout, 'small: 0 of 0 kB in huge pages\nempty: 0 of 0 kB in huge pages\n');
  t.is(code, 0);
});

test('a file that is missing is named, and the next one read', async (t) => {
  const folder = makeDirectory(t);
  writeFileSync(join(folder, 'there'), 'x');
  const { stdout, stderr, code } = await command(program, ['missing', 'there'], { cwd: folder });
  t.is(code, 1);
  t.is(stderr, 'tsrun-page-in: missing: No such file or directory\n');
  t.is(stdout, 'there: 0 of 0 kB in huge pages\n');
  t.is((await command(program, [])).code, 125);
});
