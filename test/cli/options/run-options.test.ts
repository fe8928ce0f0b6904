import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseFlags } from '../../../src/cli/flags.ts';
import { runFlags } from '../../../src/cli/options/run-flags.ts';
import { parseRunRequest } from '../../../src/cli/options/run-options.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import type { RequestedConfig, RunRequest } from '../../../src/model/run-request.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsrun-options-'));
test.after.always(() => rmSync(scratch, { recursive: true }));

function file(name: string, text: string | Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

function parse(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): RunRequest {
  const { flags, words } = parseFlags(runFlags, argv, { command: 'run', interspersed: false });
  return parseRunRequest('run', flags, words, environment);
}

const config = (...argv: string[]): RequestedConfig => parse([...argv, 'x']).config;

test('a run without flags', (t) => {
  const request = parse(['ubuntu:20.04', 'echo', '-n', 'hi']);
  t.is(request.image, 'ubuntu:20.04');
  t.deepEqual(request.config.command, ['echo', '-n', 'hi']);
  t.like(request, {
    name: undefined,
    cidfile: undefined,
    pull: 'missing',
    detach: false,
    signalProxy: true,
    explain: false,
    dryRun: false,
  });
  t.like(request.config, {
    entrypoint: undefined,
    user: undefined,
    workingDirectory: undefined,
    hostname: undefined,
    stopSignal: undefined,
    stopTimeout: undefined,
    terminal: false,
    openStdin: false,
    attach: ['stdout', 'stderr'],
    network: { type: 'bridge' },
    shmSize: 64 << 20,
    seccomp: 'default',
    ipc: 'private',
    cgroupns: 'private',
    logDriver: 'json-file',
    limits: {},
    mounts: [],
  });
  t.deepEqual([...request.detachKeys], [16, 17]);
});

test('flags become fields', (t) => {
  const cases: [string[], Partial<RequestedConfig>][] = [
    [['-it'], { terminal: true, openStdin: true, attach: ['stdin', 'stdout', 'stderr'] }],
    [['-itd'], { terminal: true, openStdin: true, attach: [] }],
    [['-a', 'STDERR', '-a', 'stdin'], { attach: ['stdin', 'stderr'] }],
    [['-i', '-a', 'stdout'], { attach: ['stdin', 'stdout'] }],
    [
      ['--rm', '--init', '--read-only', '--privileged', '-P'],
      { removeOnExit: true, useInit: true, readOnlyRoot: true, privileged: true, publishAll: true },
    ],
    [['--rm=false'], { removeOnExit: false }],
    [['--entrypoint', 'sh'], { entrypoint: ['sh'] }],
    [['--entrypoint='], { entrypoint: [] }],
    [
      ['-u', '1000:1000', '-w', '/srv', '-h', 'web', '--domainname', 'lan'],
      { user: '1000:1000', workingDirectory: '/srv', hostname: 'web', domainname: 'lan' },
    ],
    [
      ['-m', '512m', '--memory-swap', '-1', '--memory-reservation', '256M'],
      { limits: { memory: 512 << 20, memorySwap: -1, memoryReservation: 256 << 20 } },
    ],
    [
      ['--cpus', '1.5', '-c', '512', '--cpuset-cpus', '0-1', '--cpuset-mems', '0'],
      { limits: { cpus: 1.5, cpuShares: 512, cpusetCpus: '0-1', cpusetMems: '0' } },
    ],
    [
      ['--pids-limit', '100', '--oom-kill-disable', '--oom-score-adj', '-500'],
      { limits: { pidsLimit: 100, oomKillDisable: true, oomScoreAdj: -500 } },
    ],
    [['--pids-limit', '-1'], { limits: {} }],
    [['--network', 'host'], { network: { type: 'host' } }],
    [['--net=none'], { network: { type: 'none' } }],
    [['--net', 'container:web'], { network: { type: 'container', id: 'web' } }],
    [
      ['--ipc', 'host', '--pid', 'container:a', '--uts', 'host', '--cgroupns', 'host', '--userns', 'host'],
      { ipc: 'host', pid: 'container:a', uts: 'host', cgroupns: 'host' },
    ],
    [['--cap-add', 'NET_ADMIN', '--cap-add', 'sys_time', '--cap-drop', 'ALL'], { capAdd: ['NET_ADMIN', 'sys_time'], capDrop: ['ALL'] }],
    [['--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined'], { noNewPrivileges: true, seccomp: 'unconfined' }],
    [['--security-opt', 'no-new-privileges:true'], { noNewPrivileges: true }],
    [['--security-opt', 'no-new-privileges=false'], { noNewPrivileges: false }],
    [
      ['--security-opt', 'seccomp=default', '--security-opt', 'apparmor=unconfined', '--security-opt', 'label=disable'],
      { seccomp: 'default' },
    ],
    [['--security-opt', 'systempaths=unconfined'], { maskedPathsUnconfined: true }],
    [
      ['--ulimit', 'nofile=1024:2048', '--ulimit', 'core=-1', '--ulimit', 'nofile=5'],
      {
        ulimits: [
          { name: 'nofile', soft: 5, hard: 5 },
          { name: 'core', soft: -1, hard: -1 },
        ],
      },
    ],
    [['--sysctl', 'net.core.somaxconn=1024'], { sysctls: { 'net.core.somaxconn': '1024' } }],
    [['--device', '/dev/fuse'], { devices: [{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: 'rwm' }] }],
    [['--device', '/dev/a:/dev/b'], { devices: [{ hostPath: '/dev/a', containerPath: '/dev/b', permissions: 'rwm' }] }],
    [['--device', '/dev/a:rw'], { devices: [{ hostPath: '/dev/a', containerPath: '/dev/a', permissions: 'rw' }] }],
    [['--device', '/dev/a:/dev/b:r'], { devices: [{ hostPath: '/dev/a', containerPath: '/dev/b', permissions: 'r' }] }],
    [['--device-cgroup-rule', 'c 1:* rwm'], { deviceCgroupRules: ['c 1:* rwm'] }],
    [
      ['--add-host', 'db:10.0.0.1', '--add-host', 'six=[::1]', '--add-host', 'up:host-gateway'],
      { extraHosts: ['db:10.0.0.1', 'six:::1', 'up:host-gateway'] },
    ],
    [
      ['--dns', '1.1.1.1', '--dns-search', 'example.com.', '--dns-option', 'ndots:2'],
      { dns: ['1.1.1.1'], dnsSearch: ['example.com'], dnsOptions: ['ndots:2'] },
    ],
    [['-l', 'a=b=c', '--label', 'plain'], { labels: { a: 'b=c', plain: '' } }],
    [['-l', '__proto__=x'], { labels: JSON.parse('{"__proto__":"x"}') as Record<string, string> }],
    [
      ['--shm-size', '1g', '--group-add', 'audio', '--mac-address', '92-D0-C6-0A-29-33'],
      { shmSize: 2 ** 30, groupAdd: ['audio'], macAddress: '92:d0:c6:0a:29:33' },
    ],
    [['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'], { logOptions: { 'max-size': '1m', 'max-file': '2' } }],
    [['--log-driver', 'none'], { logDriver: 'none' }],
    [['--log-opt', 'mode=blocking', '--log-opt', 'max-size=-1'], { logOptions: { mode: 'blocking', 'max-size': '-1' } }],
    [['--log-driver', 'journald', '--log-opt', 'tag={{.Name}}'], { logDriver: 'journald', logOptions: { tag: '{{.Name}}' } }],
    [['--log-driver', 'local', '--log-opt', 'compress=false'], { logDriver: 'local', logOptions: { compress: 'false' } }],
    [
      ['--log-driver', 'local', '--log-opt', 'compress=0', '--log-opt', 'max-file=1'],
      { logDriver: 'local', logOptions: { compress: '0', 'max-file': '1' } },
    ],
    [
      ['--log-opt', 'compress=true', '--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'],
      { logOptions: { compress: 'true', 'max-size': '1m', 'max-file': '2' } },
    ],
    [['--log-opt', 'cache-disabled=', '--log-opt', 'cache-max-size=x'], { logOptions: { 'cache-disabled': '', 'cache-max-size': 'x' } }],
    [['--log-driver', 'journald', '--log-opt', 'cache-disabled=1'], { logDriver: 'journald', logOptions: { 'cache-disabled': '1' } }],
    [['--stop-signal', 'SIGINT', '--stop-timeout', '3'], { stopSignal: 'SIGINT', stopTimeout: 3 }],
    [['--expose', '53/udp', '--expose', '90-91', '-p', '80'], { exposedPorts: ['80/tcp', '53/udp', '90/tcp', '91/tcp'] }],
    [['--tmpfs', '/run:size=1m,noexec'], { mounts: [{ type: 'tmpfs', target: '/run', options: 'size=1m,noexec' }] }],
    [['-v', '/b', '--mount', 'source=data,target=/b', '--tmpfs', '/b'], { mounts: [{ type: 'tmpfs', target: '/b', options: '' }] }],
    [
      ['-v', 'data:/b', '-v', '/b/', '-v', 'data:/b', '-v', '/c', '-v', '/c'],
      {
        mounts: [
          { type: 'volume', name: 'data', target: '/b', readOnly: false, copy: true },
          { type: 'volume', name: undefined, target: '/c', readOnly: false, copy: true },
        ],
      },
    ],
    [
      ['-v', './here:/b'],
      {
        mounts: [
          { type: 'bind', source: join(process.cwd(), 'here'), target: '/b', readOnly: false, propagation: undefined, createSource: true },
        ],
      },
    ],
  ];
  for (const [argv, fields] of cases) {
    const parsed = config(...argv);
    for (const [name, value] of Object.entries(fields))
      t.deepEqual(parsed[name as keyof RequestedConfig], value, `${argv.join(' ')}: ${name}`);
  }
});

test('what is about the run and not the container', (t) => {
  t.like(
    parse([
      '-d',
      '--name',
      'web',
      '--cidfile',
      join(scratch, 'cid'),
      '--pull',
      'always',
      '-q',
      '--explain',
      '--dry-run',
      '--sig-proxy=false',
      'x',
    ]),
    {
      detach: true,
      name: 'web',
      cidfile: join(scratch, 'cid'),
      pull: 'always',
      quiet: true,
      explain: true,
      dryRun: true,
      signalProxy: false,
    },
  );
  t.deepEqual(parse(['--platform', 'linux/arm64/v8', 'x']).platform, { os: 'linux', architecture: 'arm64', variant: undefined });
  t.deepEqual(parse(['--platform', 'aarch64', 'x']).platform, { os: 'linux', architecture: 'arm64', variant: undefined });
  t.deepEqual(parse(['--platform', 'linux/arm/v6', 'x']).platform, { os: 'linux', architecture: 'arm', variant: 'v6' });
  t.deepEqual([...parse(['--detach-keys', 'ctrl-a,x,ctrl-[,DEL', 'x']).detachKeys], [1, 120, 27, 127]);
});

test('the environment: files first, our own values, and names alone', (t) => {
  const path = file('env', '# comment\n\nA=from file\n  B=spaces kept \nHOST\nMISSING\nC=x=y\r\n');
  const { environment } = parse(['-e', 'A=flag', '-e', 'HOST', '-e', 'GONE', '--env-file', path, 'x'], { HOST: 'value' }).config;
  t.deepEqual(environment, ['A=from file', 'B=spaces kept ', 'HOST=value', 'C=x=y', 'A=flag', 'HOST=value', 'GONE']);
});

test('labels from files, and flags over them; of a file a name alone is left out', (t) => {
  const path = file('labels', 'a=1\nalone\n# b=2\n\n  c= d \r\ne=\nf=x=y\nf\nPATH\n');
  t.deepEqual(config('--label-file', path, '-l', 'a=2', '-l', 'g').labels, { a: '2', c: ' d ', e: '', f: 'x=y', g: '' });
});

test('a seccomp profile is read', (t) => {
  t.is(
    config('--security-opt', `seccomp=${file('profile.json', '{ "defaultAction": "SCMP_ACT_ALLOW" }')}`).seccomp,
    '{"defaultAction":"SCMP_ACT_ALLOW"}',
  );
});

test('what cannot be is said in the words of Docker', (t) => {
  const existing = file('existing', '');
  const notUtf8 = file('not-utf8', Buffer.from('a=1\nx\u00ff=1\r\n', 'latin1'));
  const cases: [string[], string | RegExp][] = [
    [['-m', 'abc'], `invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'`],
    [['-m', '-1'], `invalid argument "-1" for "-m, --memory" flag: invalid size: '-1'`],
    [['--shm-size', 'x'], `invalid argument "x" for "--shm-size" flag: invalid size: 'x'`],
    [['--cpus', 'abc'], 'invalid argument "abc" for "--cpus" flag: failed to parse abc as a rational number'],
    [['--cpus', '0.0000000001'], 'invalid argument "0.0000000001" for "--cpus" flag: value is too precise'],
    [['-a', 'foo'], 'invalid argument "foo" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR'],
    [['-e', '=x'], 'invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x'],
    [['-l', '=x'], `invalid argument "=x" for "-l, --label" flag: invalid label '=x': empty name`],
    [['--sysctl', 'foo'], `invalid argument "foo" for "--sysctl" flag: sysctl 'foo' is not allowed`],
    [['--sysctl', 'net/../kernel.x=1'], /is not allowed$/],
    [['--ulimit', 'foo'], 'invalid argument "foo" for "--ulimit" flag: invalid ulimit argument: foo'],
    [['--ulimit', 'foo=1'], 'invalid argument "foo=1" for "--ulimit" flag: invalid ulimit type: foo'],
    [['--ulimit', 'nofile=a'], 'invalid argument "nofile=a" for "--ulimit" flag: strconv.ParseInt: parsing "a": invalid syntax'],
    [
      ['--ulimit', 'nofile=5:3'],
      'invalid argument "nofile=5:3" for "--ulimit" flag: ulimit soft limit must be less than or equal to hard limit: 5 > 3',
    ],
    [['--add-host', 'foo'], 'invalid argument "foo" for "--add-host" flag: bad format for add-host: "foo"'],
    [['--add-host', 'foo:bar'], 'invalid argument "foo:bar" for "--add-host" flag: invalid IP address in add-host: "bar"'],
    [['--dns', 'foo'], 'invalid argument "foo" for "--dns" flag: foo is not an ip address'],
    [['--dns-search', 'a b'], 'invalid argument "a b" for "--dns-search" flag: a b is not a valid domain'],
    [['--device-cgroup-rule', 'foo'], `invalid argument "foo" for "--device-cgroup-rule" flag: invalid device cgroup format 'foo'`],
    [['--mount', 'foo'], `invalid argument "foo" for "--mount" flag: invalid field 'foo' must be a key=value pair`],
    [['--mount', 'type=bind,source=/x'], 'invalid argument "type=bind,source=/x" for "--mount" flag: target is required'],
    [
      ['--mount', 'type=bind,src=/a,dst=/b,foo=bar'],
      `invalid argument "type=bind,src=/a,dst=/b,foo=bar" for "--mount" flag: unexpected key 'foo' in 'foo=bar'`,
    ],
    [['--mount', 'type=tmpfs,dst=/b,volume-nocopy=true'], /cannot mix 'volume-\*' options with mount type 'tmpfs'$/],
    [['--mount', 'type=foo,target=/x'], 'invalid mount config for type "foo": mount type unknown'],
    [['--mount', 'type=tmpfs,src=/a,dst=/b'], 'invalid mount config for type "tmpfs": field Source must not be specified'],
    [['--mount', 'type=bind,dst=/b'], 'invalid mount config for type "bind": field Source must not be empty'],
    [['-v', '/a:/b', '-v', '/c:/b'], 'Duplicate mount point: /b'],
    [['-v', '/a:/b', '--tmpfs', '/b/'], 'Duplicate mount point: /b'],
    [['-v', 'vol:/b', '-v', '/b', '--mount', 'type=tmpfs,dst=/b'], 'Duplicate mount point: /b'],
    [['--mount', 'type=volume,dst=/b', '--mount', 'type=bind,src=/etc,dst=/b/'], 'Duplicate mount point: /b'],
    [['--tmpfs', 'foo'], "invalid mount path: 'foo' mount path must be absolute"],
    [['-p', 'abc'], 'invalid containerPort: abc'],
    [['--expose', 'a:b'], 'invalid port format for --expose: a:b'],
    [['--pid', 'foo'], '--pid: invalid PID mode'],
    [['--pid', 'container:'], '--pid: invalid PID mode'],
    [['--uts', 'foo'], '--uts: invalid UTS mode'],
    [['--userns', 'foo'], '--userns: invalid USER mode'],
    [['--cgroupns', 'foo'], '--cgroupns: invalid CGROUP mode'],
    [['--network', 'foo'], 'network foo not found'],
    [['--network', ''], 'no name set for network'],
    [['--env-file', '/nonexistent'], 'open /nonexistent: no such file or directory'],
    [['--env-file', scratch], `read ${scratch}: is a directory`],
    [['--label-file', file('alone', 'a\n=b\n')], "poorly formatted environment: no variable name on line '=b'"],
    [['--label-file', notUtf8], `env file ${notUtf8} contains invalid utf8 bytes at line 2: [120 255 61 49]`],
    [['--env-file', file('bad', 'A B=1\n')], "poorly formatted environment: variable 'A B' contains whitespaces"],
    [['--mac-address', 'foo'], 'foo is not a valid mac address'],
    [['--device', 'foo'], 'foo is not an absolute path'],
    [['--device', '/dev/x:/y:q'], 'bad mode specified: q'],
    [['--device', 'a:b:c:d'], 'bad format for path: a:b:c:d'],
    [['--security-opt', 'foo'], 'Invalid --security-opt: "foo"'],
    [['--security-opt', 'foo=bar'], 'invalid --security-opt 2: "foo=bar"'],
    [['--security-opt', 'no-new-privileges:maybe'], 'invalid --security-opt 2: "no-new-privileges:maybe"'],
    [['--security-opt', 'seccomp=/nonexist'], 'opening seccomp profile (/nonexist) failed: open /nonexist: no such file or directory'],
    [['--log-driver', 'none', '--log-opt', 'a=b'], 'invalid logging opts for driver none'],
    [['--log-opt', 'foo=bar'], "unknown log opt 'foo' for json-file log driver"],
    [['--cidfile', existing], `container ID file found, make sure the other container isn't running or delete ${existing}`],
    [['--detach-keys', 'foo'], "invalid detach keys (foo): Unknown character: 'foo'"],
    [['--platform', 'foo'], 'error parsing specified platform: "foo": unknown operating system or architecture: invalid argument'],
    [['--restart', 'foo'], "invalid restart policy 'foo'"],
    [['--restart', 'always:1'], "maximum retry count cannot be used with restart policy 'always'"],
    [['--restart', 'always', '--rm'], 'Conflicting options: --restart and --rm'],
    [['--pull', 'foo'], /^invalid pull option: 'foo'/],
    [['--health-cmd', 'true', '--no-healthcheck'], '--no-healthcheck conflicts with --health-* options'],
    [['--health-interval=-1s', '--health-cmd', 'true'], '--health-interval cannot be negative'],
    [['--health-timeout', '1us', '--health-cmd', 'true'], 'Timeout in Healthcheck cannot be less than 1ms'],
  ];
  for (const [argv, message] of cases) {
    const error = t.throws(() => parse([...argv, 'x']), undefined, argv.join(' '));
    if (typeof message === 'string') t.is(error?.message, message);
    else t.regex(error?.message ?? '', message);
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
    if (isTsrunError(error)) {
      t.is(error.exitCode, 125);
      t.is(
        error.hint,
        argv[0] === '--cidfile' ? 'the file exists already: delete it, or name another with --cidfile' : "See 'tsrun run --help'.",
      );
    }
  }
});

test('-a and -d exclude each other, with exit code 1', (t) => {
  const error = t.throws(() => parse(['-a', 'stdin', '-d', 'x']));
  t.like(error, { message: 'Conflicting options: -a and -d', exitCode: 1 });
});

test('options of the log are checked', (t) => {
  for (const [option, message] of [
    ['max-size=a', "failed to initialize logging driver: invalid size: 'a'"],
    ['max-size=0', 'failed to initialize logging driver: max-size must be a positive number'],
    ['max-file=0', 'failed to initialize logging driver: max-file cannot be less than 1'],
    ['max-file=x', 'failed to initialize logging driver: strconv.Atoi: parsing "x": invalid syntax'],
    ['compress=true', 'failed to initialize logging driver: compress cannot be true when max-file is less than 2 or max-size is not set'],
    ['compress', 'failed to initialize logging driver: strconv.ParseBool: parsing "": invalid syntax'],
    ['cache-disabled=maybe', 'invalid value for option cache-disabled: maybe'],
    ['cache-nonsense=1', "unknown log opt 'cache-nonsense' for json-file log driver"],
    ['mode=non-blocking', "log opt 'mode=non-blocking' is not supported: a log here loses nothing"],
    ['mode=x', 'logger: logging mode not supported: x'],
    ['max-buffer-size=1m', "logger: max-buffer-size option is only supported with 'mode=non-blocking'"],
    ['tag={{.Name', 'template: log-tag:1: unclosed action'],
    ['foo=1', "unknown log opt 'foo' for json-file log driver"],
  ] as const) {
    t.throws(() => config('--log-opt', option), { message });
  }
  t.throws(() => config('--log-opt', 'env-regex=('), { message: /^error parsing regexp: / });
  t.throws(() => config('--log-driver', 'local', '--log-opt', 'labels=x'), { message: "unknown log opt 'labels' for log driver local" });
  for (const [option, message] of [
    ['max-file=1', 'compression cannot be enabled when max file count is 1'],
    ['max-file=x', 'invalid value for max-file: x: strconv.Atoi: parsing "x": invalid syntax'],
    ['compress=maybe', 'error reading compress log option: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ] as const) {
    t.throws(() => config('--log-driver', 'local', '--log-opt', option), { message: `failed to initialize logging driver: ${message}` });
  }
  for (const size of ['-1', undefined]) {
    const flags = ['--log-opt', 'compress=1', '--log-opt', 'max-file=2', ...(size === undefined ? [] : ['--log-opt', `max-size=${size}`])];
    t.throws(() => config(...flags), { message: /compress cannot be true when max-file is less than 2 or max-size is not set$/ });
  }
  t.throws(() => config('--log-driver', 'journald', '--log-opt', 'cache-max-file=2'), {
    message: "log opt 'cache-max-file' is not supported: no copy is kept of what goes to the journal",
  });
  t.throws(() => config('--log-driver', 'local', '--log-opt', 'max-size=x'), {
    message: "failed to initialize logging driver: invalid value for max-size: x: invalid size: 'x'",
  });
  t.throws(() => config('--log-driver', 'syslog'), {
    message: /^log driver syslog is not supported: only json-file, local, journald, none/,
  });
});
