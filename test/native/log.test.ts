/** The log: Docker's json-file, byte for byte. */
import { closeSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { MonitorOptions } from '../../src/kernel/native.ts';
import { jsonLog } from '../../src/process/json-log.ts';
import { localLog } from '../../src/process/local-log.ts';
import { readLog } from '../../src/process/logs.ts';
import { MonitorClient } from '../../src/process/monitor-client.ts';
import { startJournal } from '../helpers/journal.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { runPlan, shell, startPlan, streams } from './run-plan.ts';
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

rootTest('attributes are part of every record, before its time', (t) => {
  const { text } = logOf(t, 'one\ntwo\n', { logFields: Buffer.from('{"tag":"x"}') });
  for (const line of text.trimEnd().split('\n')) t.regex(line, /^\{"log":"(one|two)\\n","stream":"stdout","attrs":\{"tag":"x"\},"time":"/);
});

rootTest('the parts of one line have one time', (t) => {
  const directory = makeDirectory(t);
  const logPath = join(directory, 'log');
  const script = `head -c 20000 /dev/zero | tr '\\0' x; sleep 0.05; echo; echo next`;
  runPlan(t, { plan: { child: [streams, shell(script)] }, monitor: { logPath } });
  const [first, last, next] = records(readFileSync(logPath, 'utf8'));
  t.is(first?.time, last?.time);
  t.true((next?.time ?? '') > (last?.time ?? ''));
});

rootTest('half a record of a monitor that was killed spoils no other', (t) => {
  const directory = makeDirectory(t);
  for (const logDriver of ['json-file', 'local'] as const) {
    const logPath = join(directory, logDriver);
    const write = (word: string): unknown =>
      runPlan(t, { plan: { child: [streams, shell(`echo ${word}`)] }, monitor: { logPath, logDriver } });
    write('one');
    const whole = readFileSync(logPath);
    for (const torn of [whole.length - 1, 5, 2]) {
      writeFileSync(logPath, Buffer.concat([whole, whole.subarray(0, torn)]));
      write('two');
      const format = logDriver === 'local' ? localLog : jsonLog;
      t.deepEqual(
        [...readLog(logPath, format, {})].map(({ log }) => String(log)),
        // Of json, all but the line's end is a whole record.
        logDriver === 'json-file' && torn === whole.length - 1 ? ['one\n', 'one\n', 'two\n'] : ['one\n', 'two\n'],
        `${logDriver}, ${torn}`,
      );
    }
  }
});

rootTest('local: lines, parts of lines and binary bytes, as Docker’s own format has them', (t) => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0, 0x80, 10]), Buffer.from(`${'y'.repeat(40_000)}\n\nno end`)]);
  const { path } = logOf(t, bytes, { logDriver: 'local' });
  const entries = [...readLog(path, localLog, {})];
  t.true(Buffer.concat(entries.map(({ log }) => Buffer.from(log))).equals(bytes));
  t.deepEqual(
    entries.map(({ log }) => log.length),
    [4, 16_384, 16_384, 40_000 - 32_768 + 1, 1, 6],
  );
});

rootTest('the journal gets a datagram for each line, with its priority', async (t) => {
  const directory = makeDirectory(t);
  const journal = await startJournal(t, directory);
  journal.read();
  const script = `echo out; echo err >&2; printf '\\xff\\n'; head -c 20000 /dev/zero | tr '\\0' z; echo`;
  const monitor = { logDriver: 'journald', logPath: journal.socket, logFields: Buffer.from('CONTAINER_NAME=n\n') } as const;
  runPlan(t, { plan: { child: [streams, shell(script)] }, monitor });
  const entries = await until('all of it', () => journal.entries().length === 5 && journal.entries());
  t.like(
    entries.find((entry) => entry['MESSAGE'] === 'out'),
    { PRIORITY: '6', CONTAINER_NAME: 'n' },
  );
  t.like(
    entries.find((entry) => entry['MESSAGE'] === 'err'),
    { PRIORITY: '3' },
  );
  const [first, last] = entries.filter((entry) => entry['MESSAGE']?.startsWith('z'));
  t.like(first, { CONTAINER_PARTIAL_MESSAGE: 'true', CONTAINER_PARTIAL_ORDINAL: '1', CONTAINER_PARTIAL_LAST: 'false' });
  t.like(last, { CONTAINER_PARTIAL_ORDINAL: '2', CONTAINER_PARTIAL_LAST: 'true' });
  t.is(first?.['CONTAINER_PARTIAL_ID'], last?.['CONTAINER_PARTIAL_ID']);
  t.is((first?.['MESSAGE'] ?? '').length + (last?.['MESSAGE'] ?? '').length, 20_000);
});

rootTest('a journal that does not read makes the container wait, not the monitor, and gets all in the end', async (t) => {
  const directory = makeDirectory(t);
  const journal = await startJournal(t, directory);
  const ready = join(directory, 'ready');
  const script = `trap "echo caught" USR1; touch ${ready}; seq 30000; echo errors >&2`;
  const monitor = { logDriver: 'journald', logPath: journal.socket, socketPath: join(directory, 's') } as const;
  const { control } = startPlan({ plan: { child: [streams, shell(script)] }, monitor });
  closeSync(control);
  await until('its trap is set', () => existsSync(ready));
  await sleep(200);
  const client = MonitorClient.connect(join(directory, 's'), { streams: [] });
  await client.signal(10);
  t.is(journal.entries().length, 0);
  journal.read();
  t.like(await client.ended, { type: 'exited', status: 0 });
  // The last of either stream may come first.
  const isHere = (line: string): boolean => journal.entries().some((entry) => entry['MESSAGE'] === line);
  const entries = await until('all of it', () => isHere('30000') && isHere('errors') && journal.entries());
  const lines = entries.filter((entry) => entry['PRIORITY'] === '6').map((entry) => entry['MESSAGE']);
  // Where the shell caught the signal is its own affair.
  const counted = lines.filter((line) => line !== 'caught');
  t.deepEqual([counted.length, counted.at(-1)], [30_000, '30000']);
  t.is(new Set(lines).size, lines.length, 'none twice');
});

rootTest('a journal that is away for a while gets what is written when it is back', async (t) => {
  const directory = makeDirectory(t);
  const first = await startJournal(t, directory);
  first.read();
  const wait = (name: string): string => `while [ ! -e ${join(directory, name)} ]; do sleep 0.02; done`;
  const script = `echo one; ${wait('away')}; echo lost; ${wait('back')}; echo two`;
  const monitor = { logDriver: 'journald', logPath: first.socket, socketPath: join(directory, 's') } as const;
  const { control } = startPlan({ plan: { child: [streams, shell(script)] }, monitor });
  await using client = new MonitorClient(control, { streams: ['stdout'] });
  let seen = '';
  client.stdout.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  await until('the first line', () => first.entries().length === 1);
  first.kill();
  rmSync(first.socket);
  writeFileSync(join(directory, 'away'), '');
  // A client gets a line after the log did.
  await until('the second line', () => seen.includes('lost'));
  const second = await startJournal(t, directory);
  second.read();
  writeFileSync(join(directory, 'back'), '');
  t.like(await client.ended, { type: 'exited', status: 0 });
  const entries = await until('the third line', () => second.entries().length > 0 && second.entries());
  t.deepEqual(
    entries.map((entry) => entry['MESSAGE']),
    ['two'],
  );
});

rootTest('a log whose next file could not be made goes on when it can', async (t) => {
  const directory = makeDirectory(t);
  const [place, gone] = [join(directory, 'place'), join(directory, 'gone')];
  mkdirSync(place);
  const wait = (name: string): string => `while [ ! -e ${join(directory, name)} ]; do sleep 0.02; done`;
  const script = `echo one; ${wait('away')}; seq 100; ${wait('back')}; echo two`;
  const monitor = { logPath: join(place, 'json.log'), logMaxSize: 200, logMaxFiles: 2 };
  const { control } = startPlan({ plan: { child: [streams, shell(script)] }, monitor });
  await using client = new MonitorClient(control, { streams: ['stdout'] });
  let seen = '';
  client.stdout.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  await until('the first line', () => seen.includes('one'));
  renameSync(place, gone);
  writeFileSync(join(directory, 'away'), '');
  await until('all that is to be lost', () => seen.includes('\n100\n'));
  renameSync(gone, place);
  writeFileSync(join(directory, 'back'), '');
  t.like(await client.ended, { type: 'exited', status: 0 });
  t.is(records(readFileSync(monitor.logPath, 'utf8')).at(-1)?.log, 'two\n');
});
