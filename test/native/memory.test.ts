/** Pages of files: giving them back, by which the process loses nothing, and taking a file as it lies in the page cache. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { native } from '../../src/kernel/native.ts';

/** kB of files' pages that are mapped: proc_pid_status(5). */
const residentFiles = (): number => Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

test('what is mapped of files becomes less, and all goes on as before', (t) => {
  const database = new DatabaseSync(':memory:');
  const work = (): unknown => database.prepare("SELECT upper('text') AS text, json_array(1, 2.5) AS list").get();
  const before = { files: residentFiles(), answer: work() };
  native().releaseFilePages();
  t.true(residentFiles() < before.files * 0.8, `${residentFiles()} of ${before.files} kB`);
  t.deepEqual(work(), before.answer);
  native().releaseFilePages();
  t.deepEqual(work(), before.answer);
  database.close();
});

test('a file is mapped as text and as bytes, and stays what it was when another takes its name', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-map-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  const content = Buffer.from('caf\xe9 '.repeat(3000), 'latin1');
  writeFileSync(path, content);
  const text = native().mapLatin1(path);
  const bytes = native().mapBytes(path);
  rmSync(path);
  writeFileSync(path, 'another');
  t.is(text, content.toString('latin1'));
  t.true(content.equals(bytes));
  t.is(native().mapLatin1(path), 'another');
});

test('what can not be mapped says why', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-map-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [missing, empty] = [join(folder, 'missing'), join(folder, 'empty')];
  writeFileSync(empty, '');
  t.like(
    t.throws(() => native().mapLatin1(missing)),
    { code: 'ENOENT', syscall: 'open', path: missing },
  );
  t.like(
    t.throws(() => native().mapBytes(empty)),
    { code: 'EINVAL', syscall: 'mmap', path: empty },
  );
  t.like(
    t.throws(() => native().mapBytes(folder)),
    { syscall: 'mmap', path: folder },
  );
});
