/** Docker's `local` format; the records were written by dockerd 20.10. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openLogBytes } from '../../src/process/log-bytes.ts';
import { localLog } from '../../src/process/local-log.ts';
import { readLog, type LogOptions } from '../../src/process/logs.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsrun-local-'));
test.after.always(() => rmSync(scratch, { recursive: true }));
let count = 0;

const TWO = Buffer.from('000000170a0673746465727210bd9a82c3cdd7b0f6181a0374776f00000017', 'hex');
const ONE = Buffer.from('000000170a067374646f757410cabfc2c3cdd7b0f6181a036f6e6500000017', 'hex');
/** "tail", the only part of a line that never ended. */
const PART = Buffer.concat([
  Buffer.from('000000600a067374646f757410d7a9bed9cdd7b0f6181a047461696c20012a441240', 'hex'),
  Buffer.from('24433c7cff9da64e9bb2249fb5b59e87da040f3e8711f9a0681fcc6856a76a77', 'latin1'),
  Buffer.from('180100000060', 'hex'),
]);

function file(...parts: Buffer[]): string {
  const path = join(scratch, `${count++}.log`);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

const read = (path: string, options: Omit<LogOptions, 'follow'> = {}): string[] =>
  [...readLog(path, localLog, { ...options, follow: undefined })].map(({ stream, time, log }) => `${stream} ${time} ${log.toString()}`);

const EXPECTED = [
  'stderr 2026-11-30T07:41:07.753831741Z two\n',
  'stdout 2026-11-30T07:41:07.754885066Z one\n',
  'stdout 2026-11-30T07:41:07.800954071Z tail',
];

test('records of Docker’s own are read: streams, times, and lines that did not end', (t) => {
  t.deepEqual(read(file(TWO, ONE, PART)), EXPECTED);
});

test('the last so many, from the end, over rotated files', (t) => {
  const path = file(ONE, PART);
  writeFileSync(`${path}.1`, TWO);
  for (const tail of [0, 1, 2, 3, 9]) t.deepEqual(read(path, { tail }), tail === 0 ? [] : EXPECTED.slice(-tail));
});

test('half a record at the end is left for the next time; the ones before it are found all the same', (t) => {
  const path = file(TWO, ONE, PART.subarray(0, 50));
  t.deepEqual(read(path), EXPECTED.slice(0, 2));
  t.deepEqual(read(path, { tail: 1 }), EXPECTED.slice(1, 2));
  const bytes = openLogBytes(path);
  t.teardown(() => bytes?.close());
  const [first, second] = bytes === undefined ? [] : [...localLog.records(bytes, 0)];
  t.deepEqual([first?.next, second?.next], [TWO.length, TWO.length + ONE.length]);
});

test('bytes that are no record are none', (t) => {
  t.deepEqual(read(file(Buffer.from('ffffffff00', 'hex'))), []);
  t.deepEqual(read(file(Buffer.from('00000002ffff00000002', 'hex'), ONE)), EXPECTED.slice(1, 2));
});
