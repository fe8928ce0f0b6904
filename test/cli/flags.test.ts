import test from 'ava';
import { integer, parseFlags, type Flag } from '../../src/cli/flags.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const known: readonly Flag[] = [
  { name: 'interactive', short: 'i', help: '' },
  { name: 'tty', short: 't', help: '' },
  { name: 'rm', help: '' },
  { name: 'memory', short: 'm', value: 'bytes', help: '' },
  { name: 'env', short: 'e', value: 'list', help: '' },
  { name: 'network', alias: 'net', value: 'string', help: '' },
  { name: 'count', short: 'n', value: 'int', help: '', check: integer },
  { name: 'gpus', value: 'string', help: '', unsupported: true },
];

const parse = (...argv: string[]) => parseFlags(known, argv, { command: 'run', interspersed: false });

test('flags come in all of the forms that Docker takes', (t) => {
  for (const argv of [['-m', '1g'], ['-m1g'], ['-m=1g'], ['--memory', '1g'], ['--memory=1g'], ['-itm', '1g'], ['-im1g'], ['-tm=1g']]) {
    t.is(parse(...argv, 'x').flags.text('memory'), '1g', argv.join(' '));
  }
  t.deepEqual(parse('-e', 'A=1', '--env=B', '-eC', 'x').flags.list('env'), ['A=1', 'B', 'C']);
  t.is(parse('--net=none', 'x').flags.text('network'), 'none');
});

test('booleans combine, and can be taken back', (t) => {
  const { flags } = parse('-it', '--rm=false', 'x');
  t.true(flags.flag('interactive'));
  t.true(flags.flag('tty'));
  t.false(flags.flag('rm'));
  t.true(flags.has('rm'));
  t.true(parse('-it=true', 'x').flags.flag('tty'));
});

test('what follows the first word belongs to the program', (t) => {
  t.deepEqual(parse('-i', 'image', 'ls', '-l', '--rm', '--', '-t').words, ['image', 'ls', '-l', '--rm', '--', '-t']);
  t.deepEqual(parse('--', '-i', 'x').words, ['-i', 'x']);
  t.deepEqual(parse('-', 'x').words, ['-', 'x']);
});

test('elsewhere flags may follow words', (t) => {
  const { flags, words } = parseFlags(known, ['a', '-i', 'b', '--', '-t'], { command: 'rm', interspersed: true });
  t.true(flags.flag('interactive'));
  t.deepEqual(words, ['a', 'b', '-t']);
});

test('an empty value is a value', (t) => {
  t.is(parse('--memory=', 'x').flags.text('memory'), '');
  t.is(parse('--memory=', 'x').flags.word('memory'), undefined);
  t.is(parse('-m', '', 'x').flags.text('memory'), '');
});

test('help stops the parsing', (t) => {
  t.true(parse('--help', '--nonsense').help);
  t.true(parse('-ih').help);
  t.false(parse('x', '--help').help);
});

test('what is wrong is said in the words of Docker', (t) => {
  const cases: [string[], string][] = [
    [['--foo'], 'unknown flag: --foo'],
    [['--foo=bar'], 'unknown flag: --foo'],
    [['-Z'], "unknown shorthand flag: 'Z' in -Z"],
    [['-tfoo'], "unknown shorthand flag: 'f' in -foo"],
    [['-m'], "flag needs an argument: 'm' in -m"],
    [['-tm'], "flag needs an argument: 'm' in -m"],
    [['--memory'], 'flag needs an argument: --memory'],
    [['--rm=maybe'], 'invalid argument "maybe" for "--rm" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
    [['-i=x'], 'invalid argument "x" for "-i, --interactive" flag: strconv.ParseBool: parsing "x": invalid syntax'],
    [['-n', 'x'], 'invalid argument "x" for "-n, --count" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [['--=x'], 'bad flag syntax: --=x'],
    [['---x'], 'bad flag syntax: ---x'],
    [['--gpus', 'all'], '--gpus is not supported yet'],
  ];
  for (const [argv, message] of cases) {
    const error = t.throws(() => parse(...argv), { instanceOf: UsageError });
    t.is(error?.message, message);
    t.is(error?.hint, "See 'tsrun run --help'.");
    t.is(error?.exitCode, 125);
  }
});
