/** The log: Docker's json-file, byte for byte. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { MonitorOptions } from '../../src/kernel/native.ts';
import { rootTest } from '../helpers/root.ts';
import { runPlan, shell, streams } from './run-plan.ts';
import { makeDirectory } from './small-root.ts';

interface LogRecord {
  log: string;
  stream: string;
  time: string;
}

function logOf(
  t: ExecutionContext,
  output: Uint8Array | string,
  more: Partial<MonitorOptions> = {},
  to = '1',
): { text: string; path: string } {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, 'output'), output);
  const path = join(directory, 'json.log');
  runPlan(t, { plan: { child: [streams, shell(`cat ${join(directory, 'output')} >&${to}`)] }, monitor: { logPath: path, ...more } });
  return { text: readFileSync(path, 'utf8'), path };
}

const records = (text: string): LogRecord[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord);

rootTest('a line is a record with its newline, its stream and its time', (t) => {
  t.regex(logOf(t, 'hello\n').text, /^\{"log":"hello\\n","stream":"stdout","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"\}\n$/);
  t.regex(logOf(t, 'oops\n', {}, '2').text, /^\{"log":"oops\\n","stream":"stderr","time":"[^"]+"\}\n$/);
});

rootTest('characters are escaped as Docker escapes them', (t) => {
  const { text } = logOf(t, '<a href="x">\t&\\ \x00\x1b[0m\r ü € 😀 \u2028\u2029\x7f\n');
  const body = text.slice('{"log":"'.length, text.indexOf('","stream"'));
  t.is(body, String.raw`\u003ca href=\"x\"\u003e\u0009\u0026\\ \u0000\u001b[0m\r ü € 😀 \u2028\u2029` + '\x7f\\n');
});

rootTest('bytes that are no UTF-8 become replacement characters, one each', (t) => {
  const bytes = Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf4, 0x90, 0x80, 0x80, 0x0a]);
  const body = /"log":"(.*?)","stream"/.exec(logOf(t, bytes).text)?.[1];
  const bad = String.raw`\ufffd`;
  t.is(body, `a${bad}${bad}(${bad}${bad}b${bad.repeat(3)}${bad.repeat(2)}${bad.repeat(4)}\\n`);
});

rootTest('a line longer than 16 KiB is split, and only its last part ends with a newline', (t) => {
  const found = records(logOf(t, `${'x'.repeat(40_000)}\nshort\nno end`).text).map(({ log }) => log);
  t.deepEqual(
    found.map((line) => [line.length, line.endsWith('\n')]),
    [
      [16_384, false],
      [16_384, false],
      [40_000 - 32_768 + 1, true],
      [6, true],
      [6, false],
    ],
  );
});

rootTest('a log is rotated by size, and so many files are kept', (t) => {
  const lines = Array.from({ length: 2000 }, (_, index) => `line ${index}`);
  const { path } = logOf(t, `${lines.join('\n')}\n`, { logMaxSize: 20_000, logMaxFiles: 3 });
  const files = [`${path}.2`, `${path}.1`, path].map((name) => readFileSync(name, 'utf8'));
  for (const text of files.slice(0, 2)) t.true(text.length >= 20_000 && text.length < 20_200, String(text.length));
  const kept = files.flatMap((text) => records(text).map(({ log }) => log.trimEnd()));
  t.deepEqual(kept, lines.slice(-kept.length));
  t.throws(() => readFileSync(`${path}.3`), { code: 'ENOENT' });
});

rootTest('a log of one file starts again', (t) => {
  const { text } = logOf(t, `${'word '.repeat(20)}\n`.repeat(500), { logMaxSize: 10_000, logMaxFiles: 1 });
  t.true(text.length > 0 && text.length < 10_400);
});

rootTest('a log goes on where the life before left it', (t) => {
  const directory = makeDirectory(t);
  const logPath = join(directory, 'log');
  for (const word of ['one', 'two']) runPlan(t, { plan: { child: [streams, shell(`echo ${word}`)] }, monitor: { logPath } });
  t.deepEqual(
    records(readFileSync(logPath, 'utf8')).map(({ log }) => log),
    ['one\n', 'two\n'],
  );
});
