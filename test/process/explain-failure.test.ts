import test from 'ava';
import { errnoNumber } from '../../src/kernel/errno.ts';
import type { PlanOperation } from '../../src/model/plan.ts';
import { describeFailure, failureError } from '../../src/process/explain-failure.ts';
import type { DescribedFailure } from '../../src/process/explain-failure.ts';

/** What is said when a plan's operation fails, with another one after it. */
function failing(operation: PlanOperation, errno: string, ...others: PlanOperation[]): DescribedFailure {
  return describeFailure(
    { before: [operation], clone: { flags: 0x20000 }, child: others },
    { list: 'before', index: 0, errno: errnoNumber(errno) ?? 0 },
  );
}

const execute = (...argv: string[]): PlanOperation => ({ op: 'execute', candidates: ['/bin/foo', '/usr/bin/foo'], argv, env: [] });

test("a command that isn't there, or can't be run, in Docker's words and exit codes", (t) => {
  const cases: [string, string, string, number, string][] = [
    ['foo', 'ENOENT', 'exec: "foo": executable file not found in $PATH', 127, 'NO_SUCH_COMMAND'],
    ['/foo', 'ENOENT', 'exec: "/foo": stat /foo: no such file or directory', 127, 'NO_SUCH_COMMAND'],
    ['/foo/x', 'ENOTDIR', 'exec: "/foo/x": stat /foo/x: not a directory', 127, 'NO_SUCH_COMMAND'],
    ['/etc', 'EACCES', 'exec: "/etc": permission denied', 126, 'NOT_EXECUTABLE'],
    ['/foo', 'ENOEXEC', 'exec /foo: exec format error', 126, 'NOT_EXECUTABLE'],
    ['/foo', 'E2BIG', 'exec /foo: argument list too long', 126, 'NOT_EXECUTABLE'],
  ];
  for (const [name, errno, message, exitCode, code] of cases) {
    const failure = failing(execute(name, 'arg'), errno);
    t.like(failure, { message: `failed to create task for container: ${message}`, exitCode, code, step: 6, path: name, errno });
  }
  t.is(failing(execute('foo'), 'ENOENT').hint, 'Looked for: /bin/foo, /usr/bin/foo.');
});

test('a limit that may not be raised is named, with the capability', (t) => {
  const failure = failing({ op: 'setRlimit', resource: 7, soft: 10n, hard: 10n }, 'EPERM');
  t.is(failure.code, 'PERMISSION');
  t.regex(failure.hint ?? '', /RLIMIT_NOFILE.*CAP_SYS_RESOURCE/);
  t.is(failure.call, 'prlimit(0, RLIMIT_NOFILE, {10, 10})');
  t.is(failure.message, 'failed to create task for container: error setting rlimit type 7 (RLIMIT_NOFILE): operation not permitted');
});

test('a quota of keys is not a full disk', (t) => {
  const full = failing({ op: 'joinSessionKeyring', name: '_ses.box' }, 'EDQUOT');
  t.is(full.code, 'KERNEL');
  t.is(
    full.message,
    'failed to create task for container: unable to join session keyring: unable to create session key: disk quota exceeded',
  );
  t.regex(full.hint ?? '', /root_maxkeys/);
  const forbidden = failing({ op: 'joinSessionKeyring', name: '_ses.box' }, 'EPERM');
  t.is(forbidden.code, 'PERMISSION');
  t.regex(forbidden.hint ?? '', /seccomp/);
});

test('a bind mount names source and target', (t) => {
  const missing = failing({ op: 'openTree', path: '/host', recursive: true, slot: 'm' }, 'ENOENT', {
    op: 'moveMount',
    slot: 'm',
    target: '/x',
    kind: 'same',
  });
  t.is(missing.message, 'failed to create task for container: error mounting "/host" to rootfs at "/x": no such file or directory');
  t.is(missing.hint, '/host does not exist on the host.');
  const plan = {
    before: [{ op: 'openTree', path: '/host', recursive: true, slot: 'm' }],
    clone: { flags: 0 },
    child: [{ op: 'moveMount', slot: 'm', target: '/x', kind: 'same' }],
  } as const;
  for (const errno of [20, 22]) {
    const kind = describeFailure(plan, { list: 'child', index: 0, errno });
    t.regex(kind.message, /: error mounting "\/host" to rootfs at "\/x": not a directory: Are you trying to mount a directory onto a file/);
    t.deepEqual([kind.hint, kind.exitCode, kind.recordedExitCode], [undefined, undefined, 127]);
  }
  const tmpfs = failing({ op: 'mount', source: 'tmpfs', target: '/x', type: 'tmpfs', flags: 0, data: '', nofollow: true }, 'ENOTDIR');
  t.regex(tmpfs.message, /"tmpfs" to rootfs at "\/x": not a directory: Are you trying to mount a directory onto a file/);
  t.is(tmpfs.recordedExitCode, 127);
});

test("a link in the way is the image's doing", (t) => {
  for (const operation of [
    { op: 'maskPath', path: '/proc/kcore', slot: 'null' },
    { op: 'mount', source: 'proc', target: '/proc', type: 'proc', flags: 0, data: '', nofollow: true },
  ] as const) {
    const failure = failing(operation, 'ELOOP');
    t.is(failure.code, 'HOSTILE');
    t.regex(failure.hint ?? '', /symbolic link in the image/);
  }
});

test('steps, paths and codes', (t) => {
  const overlay = failing({ op: 'mountOverlay', target: '/r', directory: '/l', lower: ['a'], flags: 0 }, 'ENODEV');
  t.like(overlay, {
    step: 3,
    path: '/r',
    code: 'UNSUPPORTED',
    hint: 'This kernel has no overlay file system: load the module with `modprobe overlay`.',
  });
  t.like(failing({ op: 'loopbackUp' }, 'EPERM'), { step: 4, code: 'PERMISSION', path: undefined });
  t.like(failing({ op: 'changeDirectory', path: '/x', create: false }, 'ENOTDIR'), {
    message: 'failed to create task for container: chdir to cwd ("/x") set in config.json failed: not a directory',
    exitCode: 127,
  });
  t.like(failing({ op: 'changeDirectory', path: '/proc/self/fd/7', create: false }, 'EXDEV'), {
    code: 'HOSTILE',
    hint: "/proc/self/fd/7 leads out of the container, through a descriptor of the engine's own.",
  });
  t.like(failing({ op: 'makeDirectory', path: '/x', mode: 0o755, parents: true }, 'EDQUOT'), { code: 'NO_SPACE' });
  t.like(failing({ op: 'setns', slot: 's', flags: 0 }, 'EINVAL'), { hint: 'The process whose namespaces were to be joined has ended.' });
  t.like(failing({ op: 'writeFile', path: '/proc/sys/net/foo', data: '1' }, 'ENOENT'), { hint: 'This kernel has no sysctl net.foo.' });
  t.regex(failing({ op: 'newSession' }, 'ENOMEM').hint ?? '', /memory/, 'else, what the errno means');
});

test('the clone itself', (t) => {
  const plan = { before: [], clone: { flags: 0x20000 }, child: [] };
  const failure = describeFailure(plan, { list: 'clone', index: 0, errno: 28 });
  t.like(failure, { call: 'clone3({.flags = CLONE_NEWNS, .exit_signal = SIGCHLD})', code: 'NO_SPACE' });
  t.regex(failure.hint ?? '', /max_\*_namespaces/);
  const error = failureError(plan, { list: 'clone', index: 0, errno: 1 });
  t.like(error, {
    code: 'PERMISSION',
    step: 6,
    errno: 'EPERM',
    message: 'failed to create task for container: clone3: operation not permitted',
  });
  t.throws(() => describeFailure(plan, { list: 'child', index: 3, errno: 1 }), { message: /no operation child\[3\]/ });
});
