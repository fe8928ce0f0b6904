/** Operations on the process, each by itself. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k from '../../src/kernel/constants.ts';
import { native } from '../../src/kernel/native.ts';
import type { PlanOperation } from '../../src/model/plan.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { busybox, finishPlan as finish, runPlan, shell, spawnPlan, startPlan, streams } from './run-plan.ts';
import { inRoot, makeDirectory, makeNull, makeRoot, mountProc, putBusybox } from './small-root.ts';

const { SIGKILL, SIGTERM } = constants.signals;

const status = (field: string): PlanOperation => shell(`grep ^${field}: /proc/self/status`);

rootTest('a failing operation reports its list, index and errno, and nothing runs', (t) => {
  const missing: PlanOperation = { op: 'open', path: '/nowhere/at/all', flags: 0, slot: 'x' };
  const child = startPlan({ plan: { child: [streams, { op: 'newSession' }, missing, shell('true')] } }).report;
  t.deepEqual(child, { type: 'failed', list: 'child', index: 2, errno: 2 });
  const before = startPlan({
    plan: { before: [{ op: 'openPidfd', pid: process.pid, slot: 'p' }, missing], child: [shell('true')] },
  }).report;
  t.deepEqual(before, { type: 'failed', list: 'before', index: 1, errno: 2 });
  const clone = startPlan({ plan: { clone: { flags: k.CLONE_NEWNS | k.CLONE_FS }, child: [shell('true')] } }).report;
  t.deepEqual(clone, { type: 'failed', list: 'clone', index: 0, errno: 22 });
});

rootTest('of several candidates the first that can be executed is; EACCES is remembered', (t) => {
  const run = (...candidates: string[]): unknown =>
    startPlan({ plan: { child: [{ op: 'execute', candidates, argv: ['sh', '-c', 'true'], env: [] }] } }).report;
  const failed = (errno: number): unknown => ({ type: 'failed', list: 'child', index: 0, errno });
  t.like(run('/nowhere/sh', '/etc/passwd/sh', '/bin/sh'), { type: 'started' });
  t.deepEqual(run('/nowhere/sh', '/usr/nowhere'), failed(2));
  t.deepEqual(run('/etc/passwd', '/nowhere/sh'), failed(13));
  const directory = makeDirectory(t);
  writeFileSync(join(directory, 'text'), 'no program', { mode: 0o755 });
  t.deepEqual(run(join(directory, 'text')), failed(8));
});

rootTest('the program inherits 0, 1 and 2 only, no ignored signal and no blocked one', (t) => {
  const leak: PlanOperation = { op: 'open', path: '/', flags: 0, slot: 'leak' };
  // 3 is ls's own.
  t.is(runPlan(t, { plan: { child: [leak, streams, busybox('ls', '/proc/self/fd')] } }).stdout, '0\n1\n2\n3\n');
  const { stdout } = runPlan(t, { plan: { child: [leak, streams, busybox('grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status')] } });
  t.is(stdout, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

rootTest('can become a user with groups, keeping only what capabilities were given', (t) => {
  const operations: PlanOperation[] = [
    { op: 'limitBounding', keep: 0x400n },
    { op: 'setUser', uid: 1234, gid: 2345, groups: [7, 8] },
    { op: 'setCapabilities', effective: 0x400n, permitted: 0x400n, inheritable: 0x400n, ambient: 0x400n },
    { op: 'useStreams', uid: 1234, gid: 2345 },
    shell('id; grep ^Cap /proc/self/status; echo more > /proc/self/fd/1'),
  ];
  // The pipes are given away while we still may.
  operations.unshift({ op: 'useStreams', uid: 1234, gid: 2345 });
  operations.splice(4, 1);
  const { stdout } = runPlan(t, { plan: { child: operations } });
  t.is(
    stdout.replace(/\(\w+\)/g, ''),
    'uid=1234 gid=2345 groups=7,8\nCapInh:\t0000000000000400\nCapPrm:\t0000000000000400\nCapEff:\t0000000000000400\nCapBnd:\t0000000000000400\nCapAmb:\t0000000000000400\nmore\n',
  );
});

rootTest('a default limit is set, or what may be had of it', (t) => {
  const limitsOf = (...child: PlanOperation[]): string[] =>
    runPlan(t, { plan: { child: [...child, streams, shell('ulimit -Sn; ulimit -Hn')] } })
      .stdout.trim()
      .split('\n');
  const files = (value: bigint): PlanOperation => ({ op: 'defaultRlimit', resource: k.RLIMIT_NOFILE, value });
  const before: PlanOperation = { op: 'setRlimit', resource: k.RLIMIT_NOFILE, soft: 100n, hard: 200n };
  t.deepEqual(limitsOf(before, files(150n)), ['150', '150'], 'lower');
  // Without the right to raise it, whatever root has here.
  const powerless: PlanOperation = { op: 'setCapabilities', effective: 0n, permitted: 0n, inheritable: 0n, ambient: 0n };
  t.deepEqual(limitsOf(before, powerless, files(1000n)), ['200', '200'], 'refused');
});

rootTest('limits, umask, hostname, domain name and out-of-memory score', (t) => {
  const { stdout } = runPlan(t, {
    plan: {
      clone: { flags: k.CLONE_NEWUTS },
      child: [
        { op: 'setRlimit', resource: k.RLIMIT_NOFILE, soft: 100n, hard: 200n },
        { op: 'setRlimit', resource: k.RLIMIT_CORE, soft: 0n, hard: k.RLIM_INFINITY },
        { op: 'setUmask', mask: 0o27 },
        { op: 'setHostname', name: 'box' },
        { op: 'setDomainname', name: 'example.test' },
        { op: 'setOomScore', score: 321 },
        streams,
        shell('umask; hostname; cat /proc/sys/kernel/domainname /proc/self/oom_score_adj; grep -E "open files|core" /proc/self/limits'),
      ],
    },
  });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim());
  t.deepEqual(lines, ['0027', 'box', 'example.test', '321', 'Max core file size 0 unlimited bytes', 'Max open files 100 200 files']);
});

rootTest('a program gets the usual umask where a plan sets none', (t) => {
  t.is(runPlan(t, { plan: { child: [streams, shell('umask')] } }).stdout, '0022\n');
});

rootTest('no new privileges, and a filter that refuses a call', (t) => {
  // if (nr == SYS_mkdir or SYS_mkdirat) return EPERM; return ALLOW
  const [mkdir, mkdirat] = process.arch === 'x64' ? [83, 258] : [34, 34];
  const filter = new Uint8Array(
    new Uint32Array([0x20, 0, 0x15 | (2 << 16), mkdir, 0x15 | (1 << 16), mkdirat, 0x06, 0x7fff0000, 0x06, 0x00050001]).buffer,
  );
  t.is(runPlan(t, { plan: { child: [{ op: 'noNewPrivileges' }, streams, status('NoNewPrivs')] } }).stdout, 'NoNewPrivs:\t1\n');
  const words = busybox('mkdir', join(makeDirectory(t), 'new'));
  const { stderr, result } = runPlan(t, {
    plan: { child: [{ op: 'noNewPrivileges' }, streams, { op: 'seccomp', filter, flags: 0 }, words] },
  });
  t.regex(stderr, /Operation not permitted/);
  t.deepEqual(result, { type: 'exited', status: 1, oomKilled: false });
});

rootTest('a working directory is made where it is missing, and must lie in the root', (t) => {
  const root = makeRoot(t);
  t.is(runPlan(t, inRoot(root, { op: 'changeDirectory', path: '/a/b', create: true }, streams, shell('pwd'))).stdout, '/a/b\n');
  t.deepEqual(startPlan(inRoot(root, { op: 'changeDirectory', path: '/c', create: false }, shell('true'))).report, {
    type: 'failed',
    list: 'child',
    index: 4,
    errno: 2,
  });
});

rootTest('a descriptor that leads out of the root is no working directory (CVE-2024-21626)', (t) => {
  const run = inRoot(makeRoot(t), mountProc, { op: 'changeDirectory', path: '/proc/self/fd/40', create: false }, shell('true'));
  const opened: PlanOperation[] = Array.from({ length: 40 }, (_, index) => ({
    op: 'open',
    path: '/',
    flags: k.O_DIRECTORY,
    slot: `h${index}`,
  }));
  const { report } = startPlan({ plan: { ...run.plan, child: [...opened, ...run.plan.child] } });
  t.like(report, { type: 'failed', list: 'child', index: 45, errno: 18 });
});

rootTest('a descriptor that leads out of the root leads to no program, and to no interpreter (CVE-2024-21626)', (t) => {
  const root = makeRoot(t);
  const outside = join(makeDirectory(t), 'outside');
  putBusybox(outside);
  const numbers = Array.from({ length: 40 }, (_, index) => 3 + index);
  const opened = numbers.map((number): PlanOperation => ({ op: 'open', path: outside, flags: k.O_DIRECTORY, slot: `h${number}` }));
  const start = (candidates: string[]): unknown => {
    const run = inRoot(root, mountProc, { op: 'execute', candidates, argv: ['sh', '-c', 'true'], env: [] });
    return startPlan({ plan: { ...run.plan, child: [...opened, ...run.plan.child] } }).report;
  };
  const missing = { type: 'failed', list: 'child', errno: 2 };
  t.like(start(numbers.map((number) => `/proc/self/fd/${number}/bin/sh`)), missing);
  const scripts = numbers.map((number) => `script${number}`);
  for (const [index, name] of scripts.entries())
    writeFileSync(join(root, name), `#!/proc/self/fd/${numbers[index]}/bin/sh\n`, { mode: 0o755 });
  t.like(start(scripts.map((name) => `/${name}`)), missing);
});

rootTest('can make directories, nodes and links with their exact modes and owners', (t) => {
  const { stdout } = runPlan(
    t,
    inRoot(
      makeRoot(t),
      ...makeNull,
      { op: 'makeDirectory', path: '/dev/a/b', mode: 0o1777, parents: true, uid: 5, gid: 6 },
      { op: 'makeDirectory', path: '/dev/c', mode: 0o700, parents: false },
      { op: 'makeNode', path: '/dev/zero', mode: k.S_IFCHR | 0o666, major: 1, minor: 5, uid: 1, gid: 2 },
      { op: 'makeSymlink', path: '/dev/fd', target: '/proc/self/fd' },
      { op: 'makeSymlink', path: '/dev/fd', target: 'elsewhere' },
      streams,
      shell('cd /dev; stat -c "%n %a %u %g %F" a a/b c zero null; readlink fd; head -c 3 zero | wc -c'),
    ),
  );
  t.is(
    stdout,
    'a 755 0 0 directory\na/b 1777 5 6 directory\nc 700 0 0 directory\nzero 666 1 2 character special file\nnull 666 0 0 character special file\n/proc/self/fd\n3\n',
  );
});

rootTest('can write a file of the kernel, and tells when it refuses the value', (t) => {
  const write = (data: string): PlanOperation => ({ op: 'writeFile', path: '/proc/self/oom_score_adj', data });
  t.is(runPlan(t, { plan: { child: [write('77'), streams, shell('cat /proc/self/oom_score_adj')] } }).stdout, '77\n');
  t.deepEqual(startPlan({ plan: { child: [write('nonsense'), shell('true')] } }).report, {
    type: 'failed',
    list: 'child',
    index: 0,
    errno: 22,
  });
});

rootTest('a new network namespace has its loopback up', (t) => {
  const loopback = (...more: PlanOperation[]): string =>
    runPlan(t, { plan: { clone: { flags: k.CLONE_NEWNET }, child: [...more, streams, busybox('ip', '-o', 'link', 'show', 'lo')] } }).stdout;
  t.regex(loopback({ op: 'loopbackUp' }), /<LOOPBACK,UP,LOWER_UP>/);
  t.regex(loopback(), /<LOOPBACK>/);
});

rootTest('can join the namespaces of a process, and be born into its pid namespace', async (t) => {
  const root = makeRoot(t);
  const first = startPlan(inRoot(root, mountProc, { op: 'setHostname', name: 'first' }, streams, shell('exec /bin/sleep 100')));
  if (first.report.type !== 'started') return t.fail(JSON.stringify(first.report));
  const { pid } = first.report;
  await until('the shell became its program', () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
  const flags = k.CLONE_NEWNS | k.CLONE_NEWUTS | k.CLONE_NEWIPC;
  const { stdout } = runPlan(t, {
    plan: {
      before: [
        { op: 'openPidfd', pid, slot: 'target' },
        { op: 'setns', slot: 'target', flags: k.CLONE_NEWPID },
      ],
      child: [
        { op: 'parentDeathSignal', signal: 9 },
        { op: 'setns', slot: 'target', flags },
        streams,
        shell('hostname; cat /proc/1/comm; echo $$; ls /'),
      ],
    },
  });
  native().signalContainer(first.control, SIGKILL);
  t.is(stdout, 'first\nsleep\n2\nbin\nproc\n');
  t.deepEqual(native().awaitExit(first.control, 60_000), { type: 'exited', status: 137, oomKilled: false });
});

rootTest('can be root of a user namespace whose ids are mapped', (t) => {
  const { stdout } = runPlan(t, {
    plan: {
      clone: { flags: k.CLONE_NEWUSER, uidMap: '0 100000 65536\n', gidMap: '0 200000 65536\n' },
      // In a user namespace the pipes aren't ours to give away, which is no error.
      child: [{ op: 'awaitIdMaps' }, { op: 'setUser', uid: 0, gid: 0, groups: [] }, streams, shell('id -u; id -g; cat /proc/self/uid_map')],
    },
  });
  t.is(stdout.replace(/ +/g, ' '), '0\n0\n 0 100000 65536\n');
});

rootTest('init reaps orphans, hands signals on, and ends as its child does', async (t) => {
  const root = makeRoot(t);
  const run = (script: string): ReturnType<typeof startPlan> =>
    startPlan(inRoot(root, mountProc, streams, { op: 'forkInit' }, shell(script)));
  const orphans = run('(sleep 0.05 &) ; sleep 0.3; ps -o pid,stat,comm; cat /proc/1/cmdline; exit 7');
  const finished = finishHere(orphans.control);
  t.deepEqual(finished, { type: 'exited', status: 7, oomKilled: false });
  const signalled = run('trap "exit 9" TERM; touch /trapped; while true; do sleep 0.05; done');
  await until('the trap', () => existsSync(join(root, 'trapped')));
  native().signalContainer(signalled.control, SIGTERM);
  t.deepEqual(finishHere(signalled.control), { type: 'exited', status: 9, oomKilled: false });
  const killed = run('kill -SEGV $$');
  t.deepEqual(finishHere(killed.control), { type: 'exited', status: 139, oomKilled: false });
});

function finishHere(control: number): ReturnType<ReturnType<typeof native>['awaitExit']> {
  return native().awaitExit(control, 60_000);
}

rootTest('init is called tsrun-init, and its child leads a group of its own', (t) => {
  const { stdout } = runPlan(
    t,
    inRoot(
      makeRoot(t),
      mountProc,
      streams,
      { op: 'forkInit' },
      shell('cat /proc/1/comm /proc/1/cmdline; echo; ls /proc/1/fd; cut -d" " -f5 /proc/self/stat; echo $$'),
    ),
  );
  const lines = stdout.replaceAll('\0', '').split('\n');
  t.deepEqual(lines.slice(0, 5), ['tsrun-init', 'tsrun-init', '0', '1', '2']);
});

rootTest('the binary behind /proc/self/exe is a sealed memory file (CVE-2019-5736)', (t) => {
  const started = startPlan(
    inRoot(makeRoot(t), mountProc, streams, { op: 'forkInit' }, shell('readlink /proc/1/exe; echo x >> /proc/1/exe')),
  );
  const monitor = JSON.parse(readFileSync(join(started.directory, 'started.json'), 'utf8')) as { monitorPid: number };
  t.regex(readFileSync(`/proc/${monitor.monitorPid}/maps`, 'utf8'), /\/memfd:tsrun-monitor/);
  const { stdout, stderr } = finish(t, started);
  t.regex(stdout, /memfd:tsrun-monitor/);
  t.regex(stderr, /Text file busy|Operation not permitted/);
});

rootTest('setPersonality, setDumpable and unshare are walked', (t) => {
  const { stdout } = runPlan(t, {
    plan: {
      child: [
        { op: 'setPersonality', persona: 0x0040000 },
        { op: 'setDumpable', value: 1 },
        { op: 'unshare', flags: k.CLONE_NEWUTS },
        { op: 'setHostname', name: 'apart' },
        streams,
        shell('cat /proc/self/personality; hostname'),
      ],
    },
  });
  t.is(stdout, '00040000\napart\n');
});

rootTest('awaitStart says that all is made, and waits until it is told', async (t) => {
  const directory = makeDirectory(t);
  const fifo = join(directory, 'start');
  native().mknod(fifo, k.S_IFIFO | 0o600, 0, 0);
  const control = spawnPlan(
    {
      plan: {
        child: [
          { op: 'open', path: fifo, flags: k.O_RDWR, slot: 'start' },
          streams,
          { op: 'awaitStart', slot: 'start' },
          shell('echo started'),
        ],
      },
    },
    directory,
  );
  await sleep(100);
  t.false(existsSync(join(directory, 'started.json')));
  writeFileSync(fifo, 'g', { flag: 'r+' });
  const { stdout } = finish(t, { control, report: native().awaitStarted(control), directory });
  t.is(stdout, 'started\n');
});
