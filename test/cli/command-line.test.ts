/** tsrun as it is typed: words, messages, exit codes. Nothing here needs root, or gets as far as an engine. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { VERSION } from '../../src/model/version.ts';
import { makeBundle, type Bundle } from './bundle.ts';

let bundle: Bundle;
test.before('bundle', () => {
  bundle = makeBundle();
});
test.after.always('remove the bundle', () => bundle.remove());

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

test('the version is that of package.json', (t) => {
  t.is(VERSION, manifest.version);
  for (const flag of ['--version', '-v']) t.deepEqual(bundle.run([flag]), { status: 0, stdout: `tsrun version ${VERSION}\n`, stderr: '' });
  t.regex(bundle.run(['version']).stdout, /^Client:\n Version: +\d/);
});

test('help on stdout', (t) => {
  for (const words of [['--help'], ['help'], ['-h']]) {
    const { status, stdout, stderr } = bundle.run(words);
    t.is(status, 0);
    t.is(stderr, '');
    t.regex(stdout, /^\nUsage: {2}tsrun \[OPTIONS\] COMMAND\n[^]*\n {2}run +Run a command in a new container\n/);
  }
  for (const words of [
    ['run', '--help'],
    ['help', 'run'],
    ['run', '-it', '--help', 'x'],
  ]) {
    t.regex(
      bundle.run(words).stdout,
      /^\nUsage: {2}tsrun run \[OPTIONS\] IMAGE \[COMMAND\] \[ARG...\]\n\nRun a command in a new container\n\nOptions:\n/,
    );
  }
  t.regex(bundle.run(['container', '--help']).stdout, /^\nUsage: {2}tsrun container COMMAND\n/);
  t.regex(bundle.run(['container', 'ls', '--help']).stdout, /^\nUsage: {2}tsrun container ls \[OPTIONS\]\n/);
});

test('help that nobody asked for is no output: a script that calls too little shows it, and reads nothing', (t) => {
  for (const [words, usage] of [
    [[], 'tsrun [OPTIONS] COMMAND'],
    [['container'], 'tsrun container COMMAND'],
    [['image'], 'tsrun image COMMAND'],
  ] as const) {
    const { status, stdout, stderr } = bundle.run(words);
    t.deepEqual([status, stdout, stderr.split('\n')[1]], [0, '', `Usage:  ${usage}`]);
  }
});

test('every command has a help that fits a terminal', (t) => {
  const names = [...bundle.run(['--help']).stdout.matchAll(/^ {2}([a-z]+) {3,}/gm)].map((match) => match[1] ?? '');
  t.true(names.length > 8);
  for (const name of names) {
    const { status, stdout } = bundle.run([name, '--help']);
    t.is(status, 0, name);
    for (const line of stdout.split('\n')) t.true(line.length <= 100, line);
  }
});

test('words that are wrong, as Docker says it', (t) => {
  const see = (command: string): string => `See 'tsrun ${command} --help'.\n`;
  const cases: [string[], number, string][] = [
    [['foo'], 1, "tsrun: 'foo' is not a tsrun command.\nSee 'tsrun --help'\n"],
    [['constructor'], 1, "tsrun: 'constructor' is not a tsrun command.\nSee 'tsrun --help'\n"],
    [['--foo'], 125, "unknown flag: --foo\nSee 'tsrun --help'.\n"],
    [['run', '--foo'], 125, `unknown flag: --foo\n${see('run')}`],
    [['run', '-m', 'abc', 'x'], 125, `invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'\n${see('run')}`],
    [['run', '-p', 'abc', 'x'], 125, `tsrun: invalid containerPort: abc\n${see('run')}`],
    [['run', '-a', 'stdin', '-d', 'x'], 1, 'Conflicting options: -a and -d\n'],
    [
      ['run'],
      1,
      `"tsrun run" requires at least 1 argument.\n${see('run')}\nUsage:  tsrun run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun a command in a new container\n`,
    ],
    [['ps', 'x'], 1, `"tsrun ps" accepts no arguments.\n${see('ps')}\nUsage:  tsrun ps [OPTIONS]\n\nList containers\n`],
    [
      ['logs'],
      1,
      `"tsrun logs" requires exactly 1 argument.\n${see('logs')}\nUsage:  tsrun logs [OPTIONS] CONTAINER\n\nFetch the logs of a container\n`,
    ],
    [
      ['images', 'a', 'b'],
      1,
      `"tsrun images" requires at most 1 argument.\n${see('images')}\nUsage:  tsrun images [OPTIONS] [REPOSITORY[:TAG]]\n\nList images\n`,
    ],
    [['container', 'ps', '--foo'], 125, `unknown flag: --foo\n${see('container ls')}`],
    [
      ['stop', '-t', 'x', 'y'],
      125,
      `invalid argument "x" for "-t, --time" flag: strconv.ParseInt: parsing "x": invalid syntax\n${see('stop')}`,
    ],
  ];
  for (const [words, status, stderr] of cases) t.deepEqual(bundle.run(words), { status, stdout: '', stderr }, words.join(' '));
  t.is(bundle.run(['container', 'foo']).status, 1);
});

test('errors for machines', (t) => {
  for (const [words, environment] of [
    [['--log-format', 'json', 'run', '-p', 'abc', 'x'], {}],
    [['run', '-p', 'abc', 'x'], { TSRUN_LOG_FORMAT: 'json' }],
  ] as const) {
    const { status, stderr } = bundle.run(words, { environment });
    t.is(status, 125);
    const line = JSON.parse(stderr) as Record<string, unknown>;
    t.like(line, { level: 'error', code: 'INVALID_ARGUMENT', message: 'invalid containerPort: abc', hint: "See 'tsrun run --help'." });
    t.false('path' in line);
    t.false(Number.isNaN(Date.parse(String(line['time']))));
  }
});

test('--debug shows where an error comes from', (t) => {
  t.notRegex(bundle.run(['run', '-p', 'abc', 'x']).stderr, /\n {4}at /);
  t.regex(bundle.run(['--debug', 'run', '-p', 'abc', 'x']).stderr, /\n {4}at /);
  t.regex(bundle.run(['run', '-p', 'abc', 'x'], { environment: { TSRUN_DEBUG: '1' } }).stderr, /\n {4}at /);
  t.notRegex(bundle.run(['run', '-p', 'abc', 'x'], { environment: { TSRUN_DEBUG: '0' } }).stderr, /\n {4}at /);
});

test('an environment that can not be is named', (t) => {
  t.deepEqual(bundle.run(['ps'], { environment: { TSRUN_BRIDGE: 'much-too-long-for-it' } }), {
    status: 125,
    stdout: '',
    stderr: 'tsrun: invalid TSRUN_BRIDGE=much-too-long-for-it: a device name has 1 to 15 characters, without blanks, / and :\n',
  });
});

test('a word that is a frequent command is no command where it stands for something else', (t) => {
  t.is(bundle.run(['images', '--filter', 'run']).stderr.includes('is not a tsrun command'), false);
  t.deepEqual(bundle.run(['version', 'exec']), {
    status: 1,
    stdout: '',
    stderr:
      '"tsrun version" accepts no arguments.\nSee \'tsrun version --help\'.\n\nUsage:  tsrun version [OPTIONS]\n\nShow the tsrun version information\n',
  });
  t.regex(bundle.run(['help', 'run']).stdout, /^\nUsage: {2}tsrun run /);
});
