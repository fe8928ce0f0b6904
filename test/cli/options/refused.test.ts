import test from 'ava';
import { parseFlags } from '../../../src/cli/flags.ts';
import { createFlags } from '../../../src/cli/options/run-flags.ts';
import { parseRunRequest } from '../../../src/cli/options/run-options.ts';
import { TsrunError } from '../../../src/model/errors.ts';
import type { RunRequest } from '../../../src/model/run-request.ts';

function parse(argv: readonly string[]): RunRequest {
  const { flags, words } = parseFlags(createFlags, [...argv, 'x'], { command: 'create', interspersed: false });
  return parseRunRequest('create', flags, words, {});
}

test('what no host of ours has is refused, by name and in Docker’s words', (t) => {
  const cases: [argv: string[], message: string, exitCode?: number][] = [
    [['--cpu-count', '2'], '"--cpu-count" is only supported on windows, but tsrun is running on linux', 1],
    [['--io-maxbandwidth', '1m'], '"--io-maxbandwidth" is only supported on windows, but tsrun is running on linux', 1],
    [['--memory-swappiness', '101'], 'invalid value: 101. Valid memory swappiness range is 0-100', 125],
    [['--isolation', 'hyperv'], `Invalid isolation: "hyperv" - linux only supports 'default'`],
    [['--runtime', 'runc'], 'unknown or invalid runtime name: runc'],
    [['--volume-driver', 'nfs'], 'error looking up volume plugin nfs: plugin "nfs" not found'],
    [['--storage-opt', 'size=1G'], "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"],
    [['--storage-opt', 'foo=1'], 'Unknown option foo'],
    [['--storage-opt', 'size'], 'invalid storage option'],
    [['--gpus', 'all'], 'could not select device driver "" with capabilities: [[gpu]]'],
    [
      ['--gpus', 'driver=nv,"capabilities=utility,compute"'],
      'could not select device driver "nv" with capabilities: [[utility compute gpu]]',
    ],
  ];
  for (const [argv, message, exitCode = 1] of cases) {
    const error = t.throws(() => parse(argv), { instanceOf: TsrunError }, argv.join(' '));
    t.is(error?.message, message);
    t.is(error?.exitCode, exitCode);
  }
});

test('requests for GPUs are read as Docker reads them', (t) => {
  const cases = {
    '': 'EOF',
    foo: 'count must be an integer: strconv.Atoi: parsing "foo": invalid syntax',
    'x=y': "unexpected key 'x' in 'x=y'",
    'count=1,count=2': "gpu request key 'count' can be specified only once",
    '1,count=2': "gpu request key 'count' can be specified only once",
  };
  for (const [text, message] of Object.entries(cases))
    t.throws(() => parse(['--gpus', text]), { message: `invalid argument ${JSON.stringify(text)} for "--gpus" flag: ${message}` });
});

test('what says nothing new is taken', (t) => {
  const { asGiven } = parse(['--isolation', 'Default', '--runtime', 'tsrun', '--volume-driver', 'local', '--gpus=all'].slice(0, 6)).config;
  t.like(asGiven, { isolation: 'Default', volumeDriver: 'local' });
});

test('addresses and aliases belong to networks that a user made', (t) => {
  const address = 'user specified IP address is supported on user defined networks only';
  const cases: [string[], string][] = [
    [['--ip', '172.17.0.9'], address],
    [['--ip6', 'fd00::9', '--network', 'none'], address],
    [['--link-local-ip', '169.254.1.1'], address],
    [['--network-alias', 'db'], 'network-scoped alias is supported only for containers in user defined networks'],
    [['--net-alias', 'db', '--net', 'host'], 'network-scoped aliases are only supported for user-defined networks'],
    [['--link', 'db', '--net', 'bridge'], 'links are only supported for user-defined networks'],
  ];
  for (const [argv, message] of cases) t.throws(() => parse(argv), { message }, argv.join(' '));
});

test('--link: a container and its alias', (t) => {
  t.deepEqual(parse(['--link', 'db', '--link', 'web:www', '--link', 'a:', '--link', '/old:/me/name']).config.links, [
    { target: 'db', alias: 'db' },
    { target: 'web', alias: 'www' },
    { target: 'a', alias: 'a' },
    { target: 'old', alias: 'name' },
  ]);
  for (const [text, message] of [
    ['', 'empty string specified for links'],
    ['a:b:c', 'bad format for links: a:b:c'],
    ['a:b c', 'bad format for links: a:b c'],
  ] as const)
    t.throws(() => parse(['--link', text]), { message: `invalid argument "${text}" for "--link" flag: ${message}` });
});

test('--cgroup-parent is a path from the root; --annotation a map', (t) => {
  const parent = (text: string): string => parse(['--cgroup-parent', text]).config.cgroupParent;
  t.deepEqual(['/a/b/', 'a/b', '/a/../b', '../../x', '/', ''].map(parent), ['/a/b', '/a/b', '/b', '/x', '', '']);
  t.deepEqual(parse(['--annotation', 'a=b=c', '--annotation', 'bare']).config.annotations, { a: 'b=c', bare: '' });
  t.throws(() => parse(['--annotation', '=x']), { message: /the empty string is not permitted as an annotation key$/ });
});
