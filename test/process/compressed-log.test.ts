/** Files of a log that were rotated away and compressed: read as if they were plain, at any instant of it. */
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { compressLog } from '../../src/process/compressed-log.ts';
import { jsonLog } from '../../src/process/json-log.ts';
import { readLog, type LogOptions } from '../../src/process/logs.ts';
import { isTsrunError } from '../../src/model/errors.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsrun-compressed-'));
test.after.always(() => rmSync(scratch, { recursive: true }));
let count = 0;
const fresh = (): string => join(scratch, `${count++}-json.log`);

const line = (text: string): string => `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: '2026-01-01T00:00:01Z' })}\n`;

const read = (path: string, options: Omit<LogOptions, 'follow'> = {}): string[] =>
  [...readLog(path, jsonLog, { ...options, follow: undefined })].map(({ log }) => String(log).trimEnd());

/** Its first half: both forms are there. */
function compress(path: string): void {
  const [from, to] = [openSync(path, 'r'), openSync(`${path}.gz.tmp`, 'w')];
  compressLog(from, to);
  for (const fd of [from, to]) closeSync(fd);
  renameSync(`${path}.gz.tmp`, `${path}.gz`);
}

test('any gzip unpacks it; it is read in order, and from its end, without unpacking all', (t) => {
  const path = fresh();
  const texts = Array.from({ length: 20_000 }, (_, index) => `${index}-${'x'.repeat(index % 200)}`);
  const whole = texts.map((text) => line(text)).join('');
  t.true(whole.length > 3 << 20);
  writeFileSync(`${path}.1`, whole);
  compress(`${path}.1`);
  unlinkSync(`${path}.1`);
  writeFileSync(path, line('last'));
  t.true(gunzipSync(readFileSync(`${path}.1.gz`)).equals(Buffer.from(whole)));
  t.deepEqual(read(path), [...texts, 'last']);
  for (const tail of [0, 1, 2, 9000, 20_001, 99_999]) t.deepEqual(read(path, { tail }), tail === 0 ? [] : [...texts, 'last'].slice(-tail));
});

test('a file in both forms counts once', (t) => {
  const path = fresh();
  writeFileSync(`${path}.1`, line('1'));
  writeFileSync(path, line('2'));
  compress(`${path}.1`);
  t.deepEqual(read(path), ['1', '2']);
  unlinkSync(`${path}.1`);
  t.deepEqual(read(path), ['1', '2']);
});

test('a file of exactly one member, and an empty one', (t) => {
  const path = fresh();
  const one = line('x'.repeat((1 << 20) - line('').length));
  t.is(one.length, 1 << 20);
  for (const [number, text] of [one, ''].entries()) {
    writeFileSync(`${path}.${number + 1}`, text);
    compress(`${path}.${number + 1}`);
    unlinkSync(`${path}.${number + 1}`);
    t.is(gunzipSync(readFileSync(`${path}.${number + 1}.gz`)).toString(), text);
  }
  t.is(read(path).length, 1);
  t.is(read(path, { tail: 2 }).length, 1);
});

test('one that is damaged is named', (t) => {
  const path = fresh();
  writeFileSync(`${path}.1`, line('one') + line('two'));
  compress(`${path}.1`);
  unlinkSync(`${path}.1`);
  const whole = readFileSync(`${path}.1.gz`);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 12] = (flipped[whole.length - 12] ?? 0) ^ 0x40;
  for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 20), Buffer.from('no gzip at all, whatever its name is'), flipped]) {
    writeFileSync(`${path}.1.gz`, bytes);
    const error = t.throws(() => read(path));
    t.true(isTsrunError(error, 'CORRUPT') && error.path === `${path}.1.gz`);
  }
});

/** What a monitor does to its files, a system call a step; a reader may look between any two. */
class Writer {
  readonly path = fresh();
  readonly steps: (() => void)[] = [];
  written = 0;
  #files = 0;
  #ticks = 0;

  constructor(script: readonly string[]) {
    writeFileSync(this.path, '');
    for (const word of script) {
      if (word === 'line') this.steps.push(() => appendFileSync(this.path, line(String(this.written++))));
      else if (word === 'rotate') this.#rotate();
      else this.#compress();
    }
  }

  #rotate(): void {
    for (let number = this.#files++; number >= 0; number--) {
      for (const ending of number === 0 ? [''] : ['', '.gz'])
        this.steps.push(() =>
          move(`${number === 0 ? this.path : `${this.path}.${number}`}${ending}`, `${this.path}.${number + 1}${ending}`),
        );
    }
    // Here all happens in one tick of the clock, while an inode is used again: files of a real log are older than that when they go.
    this.steps.push(
      () => exists(`${this.path}.1`) && utimesSync(`${this.path}.1`, ++this.#ticks, this.#ticks),
      () => appendFileSync(this.path, ''),
    );
  }

  #compress(): void {
    const first = `${this.path}.1`;
    this.steps.push(
      () => exists(first) && compress(first),
      () => exists(first) && unlinkSync(first),
    );
  }
}

function exists(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

function move(from: string, to: string): void {
  if (exists(from)) renameSync(from, to);
}

test('whoever reads or follows it gets every line once, whatever is rotated and compressed meanwhile', (t) => {
  const script = fc.array(fc.constantFrom('line', 'line', 'rotate', 'compress'), { maxLength: 25 });
  fc.assert(
    fc.property(script, fc.array(fc.nat(6), { maxLength: 40 }), (words, pauses) => {
      const writer = new Writer(words);
      const seen: string[] = [];
      const turns = [...pauses];
      const follow = { ended: () => writer.steps.length === 0 };
      for (const entry of readLog(writer.path, jsonLog, { follow })) {
        if (entry !== undefined) seen.push(String(entry.log).trimEnd());
        else for (let step = turns.shift() ?? 1; step >= 0; step--) writer.steps.shift()?.();
      }
      const expected = Array.from({ length: writer.written }, (_, index) => String(index));
      t.deepEqual(seen, expected);
      t.deepEqual(read(writer.path), expected);
    }),
    { numRuns: 200 },
  );
});
