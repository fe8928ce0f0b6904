/** Giving back pages of files: the process loses nothing by it. */
import { readFileSync } from 'node:fs';
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
