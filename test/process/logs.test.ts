import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { jsonLog } from '../../src/process/json-log.ts';
import { nanoseconds, timeOf } from '../../src/process/log-entry.ts';
import { readLog, type LogOptions } from '../../src/process/logs.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsrun-logs-'));
test.after.always(() => rmSync(scratch, { recursive: true }));
let count = 0;
const fresh = (): string => join(scratch, `${count++}-json.log`);

const line = (text: string, second = 0): string =>
  `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000001Z` })}\n`;

type Follow = LogOptions['follow'] & { wait(): void };

function read(path: string, { follow, ...options }: Omit<LogOptions, 'follow'> & { follow?: Follow } = {}): string[] {
  const texts: string[] = [];
  for (const entry of readLog(path, jsonLog, { ...options, follow })) {
    if (entry === undefined) follow?.wait();
    else texts.push(String(entry.log).trimEnd());
  }
  return texts;
}

test('a log that is not there is empty', (t) => {
  t.deepEqual(read(fresh()), []);
});

test('entries in order, over rotated files', (t) => {
  const path = fresh();
  writeFileSync(`${path}.2`, line('1') + line('2'));
  writeFileSync(`${path}.1`, line('3'));
  writeFileSync(path, line('4') + line('5'));
  t.deepEqual(read(path), ['1', '2', '3', '4', '5']);
  t.deepEqual(read(path, { tail: 1 }), ['5']);
  t.deepEqual(read(path, { tail: 3 }), ['3', '4', '5']);
  t.deepEqual(read(path, { tail: 4 }), ['2', '3', '4', '5']);
  t.deepEqual(read(path, { tail: 99 }), ['1', '2', '3', '4', '5']);
  t.deepEqual(read(path, { tail: 0 }), []);
});

test('where a rotation was cut off between two files, those behind the gap are read, and followed', (t) => {
  const path = fresh();
  writeFileSync(`${path}.4`, line('1'));
  writeFileSync(`${path}.2`, line('2'));
  writeFileSync(path, line('3'));
  t.deepEqual(read(path), ['1', '2', '3']);
  t.deepEqual(read(path, { tail: 2 }), ['2', '3']);
  renameSync(path, `${path}.1`);
  t.deepEqual(read(path), ['1', '2', '3'], 'the newest is not there yet');
});

test('a follower that fell behind a rotation that was cut off goes on with the file after its own', (t) => {
  const path = fresh();
  writeFileSync(path, line('1'));
  const steps = [
    // Three rotations at once; then the log's own file is missing, and one in the middle.
    () => {
      renameSync(path, `${path}.4`);
      writeFileSync(`${path}.3`, line('2'));
      writeFileSync(`${path}.1`, line('3'));
    },
    () => writeFileSync(path, line('4')),
  ];
  let turn = 0;
  const follow = { ended: () => turn > steps.length, wait: () => steps[turn++]?.() };
  t.deepEqual(read(path, { follow }), ['1', '2', '3', '4']);
});

test('lines longer than a chunk, and many of them', (t) => {
  const path = fresh();
  const texts = Array.from({ length: 300 }, (_, index) => `${index}-${'é'.repeat(index * 7)}`);
  writeFileSync(path, texts.map((text) => line(text)).join(''));
  t.deepEqual(read(path), texts);
  t.deepEqual(read(path, { tail: 250 }), texts.slice(50));
  const long = 'x'.repeat(200_000);
  appendFileSync(path, line(long));
  t.deepEqual(read(path, { tail: 1 }), [long]);
});

test('a line that a crash cut short is passed over', (t) => {
  const path = fresh();
  writeFileSync(path, `${line('1')}{"log":"cut\n${line('2')}{"log":"no end`);
  t.deepEqual(read(path), ['1', '2']);
});

test('since and until', (t) => {
  const path = fresh();
  writeFileSync(path, line('a', 1) + line('b', 2) + line('c', 3));
  t.deepEqual(read(path, { since: nanoseconds('2026-01-01T00:00:02Z') }), ['b', 'c']);
  t.deepEqual(read(path, { until: nanoseconds('2026-01-01T00:00:02.5Z') }), ['a', 'b']);
});

test('following: what comes later, through rotations, until the end', (t) => {
  const path = fresh();
  writeFileSync(path, line('1'));
  const steps = [
    () => appendFileSync(path, line('2')),
    () => appendFileSync(path, line('3').slice(0, 10)),
    () => appendFileSync(path, line('3').slice(10)),
    () => {
      appendFileSync(path, line('4'));
      renameSync(path, `${path}.1`);
      writeFileSync(path, line('5'));
    },
    () => {
      appendFileSync(path, line('6'));
      renameSync(`${path}.1`, `${path}.2`);
      renameSync(path, `${path}.1`);
      writeFileSync(path, line('7'));
      renameSync(`${path}.2`, `${path}.3`);
      renameSync(`${path}.1`, `${path}.2`);
      renameSync(path, `${path}.1`);
      writeFileSync(path, line('8'));
    },
  ];
  let ended = false;
  const follow = {
    ended: () => ended,
    wait: () => {
      const step = steps.shift();
      if (step === undefined) ended = true;
      else step();
    },
  };
  t.deepEqual(read(path, { follow }), ['1', '2', '3', '4', '5', '6', '7', '8']);
});

test('following a log that is not there yet', (t) => {
  const path = fresh();
  let waits = 0;
  const follow = {
    ended: () => waits > 1,
    wait: () => {
      if (waits++ === 0) writeFileSync(path, line('1'));
    },
  };
  t.deepEqual(read(path, { follow }), ['1']);
});

test('times keep their nanoseconds', (t) => {
  t.is(nanoseconds('1970-01-01T00:00:01.000000002Z'), 1_000_000_002n);
  t.is(nanoseconds('1970-01-01T01:00:00+01:00'), 0n);
  t.is(nanoseconds('nonsense'), 0n);
  for (const time of [0n, 1n, 1_764_489_667_753_831_741n]) t.is(nanoseconds(timeOf(time)), time);
});
