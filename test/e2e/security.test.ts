/** What keeps the container's program in: Docker's defaults. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../helpers/command.ts';
import { PROGRAM, startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

/** Docker's 14 capabilities, as the kernel shows them. */
const DEFAULT_CAPABILITIES = '00000000a80425fb';

const status = (field: string): string[] => ['sh', '-c', `grep ^${field}: /proc/self/status | cut -f2`];

rootTest('capabilities: Docker’s fourteen, more and fewer', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', 'busybox', ...status('CapEff')), DEFAULT_CAPABILITIES);
  t.is(await engine.ok('run', '--rm', 'busybox', ...status('CapBnd')), DEFAULT_CAPABILITIES);
  t.is(await engine.ok('run', '--rm', '--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', 'busybox', ...status('CapEff')), '0000000000001000');
  t.is(await engine.ok('run', '--rm', '-u', 'nobody', 'busybox', ...status('CapEff')), '0000000000000000');
});

rootTest('a seccomp filter is on, unless turned off', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', 'busybox', ...status('Seccomp')), '2');
  t.is(await engine.ok('run', '--rm', '--security-opt', 'seccomp=unconfined', 'busybox', ...status('Seccomp')), '0');
  const { stderr } = await engine.tsrun(['run', '--rm', 'busybox', 'unshare', '-m', 'true']);
  t.regex(stderr, /Operation not permitted/);
});

rootTest('--security-opt no-new-privileges', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', 'busybox', ...status('NoNewPrivs')), '0');
  t.is(await engine.ok('run', '--rm', '--security-opt', 'no-new-privileges', 'busybox', ...status('NoNewPrivs')), '1');
});

rootTest('setuid works by default, and not with no-new-privileges', async (t) => {
  const engine = await startEngine(t, 'capabilities');
  const run = (...flags: string[]): Promise<string> =>
    engine.ok('run', '--rm', '-u', '1000', ...flags, 'capabilities', '/setuid/effective-user');
  t.is(await run(), '0');
  t.is(await run('--security-opt', 'no-new-privileges'), '1000');
});

rootTest('the program inherits 0, 1 and 2, and nothing else', async (t) => {
  const engine = await startEngine(t, 'busybox');
  // 3 is the directory that ls reads.
  t.is(await engine.ok('run', '--rm', 'busybox', 'ls', '/proc/self/fd'), '0\n1\n2\n3');
  await engine.ok('run', '-d', '--name', 'home', 'busybox', 'sleep', '1000');
  t.is(await engine.ok('exec', 'home', 'ls', '/proc/1/fd'), '0\n1\n2');
  t.is(await engine.ok('exec', 'home', 'ls', '/proc/self/fd'), '0\n1\n2\n3');
});

rootTest('no descriptor leads to a program of the host’s (CVE-2024-21626)', async (t) => {
  const engine = await startEngine(t, 'busybox');
  // A static program of the host's, which would end with 125: whatever descriptor there is is tried, through as many parents as it may have.
  const directory = join(import.meta.dirname, '../../build');
  t.true(existsSync(join(directory, 'tsrun-after')));
  const path = Array.from({ length: 40 }, (_, index) => `/proc/self/fd/${3 + index}${'/..'.repeat(12)}${directory}`).join(':');
  const run = await engine.tsrun(['run', '--rm', '-e', `PATH=${path}`, 'busybox', 'tsrun-after']);
  t.like(run, { code: 127, stdout: '' }, run.stderr);
  await engine.ok('run', '-d', '--name', 'home', 'busybox', 'sleep', '1000');
  const exec = await engine.tsrun(['exec', '-e', `PATH=${path}`, 'home', 'tsrun-after']);
  t.like(exec, { code: 127, stdout: '' }, exec.stderr);
});

rootTest('the host’s devices are out of reach, and can’t be made', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok(
    'run',
    '--rm',
    'busybox',
    'sh',
    '-c',
    'mknod /disk b 254 0 && head -c 1 /disk 2>&1; mknod /kmsg c 1 11 && head -c 1 /kmsg 2>&1; head -c 1 /dev/zero | wc -c',
  );
  t.is((out.match(/Operation not permitted/g) ?? []).length, 2, out);
  t.regex(out, /1$/);
});

rootTest('the host’s processes and mounts don’t show', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const mounts = await engine.ok('run', '--rm', 'busybox', 'cat', '/proc/self/mountinfo');
  const ofState = mounts.split('\n').filter((line) => line.includes(engine.state));
  t.deepEqual(ofState.map((line) => line.split(' ')[4] ?? '').toSorted(), ['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']);
  t.regex(mounts, /^\d+ \d+ \d+:\d+ \/ \/ .* - overlay /m);
});

rootTest('a program can’t write to what started it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  // CVE-2019-5736: /proc/self/exe of the process that becomes the program. Here: nothing of ours is among the container's processes.
  const script = 'for exe in /proc/[0-9]*/exe; do readlink $exe; done | sort -u';
  t.is(await engine.ok('run', '--rm', 'busybox', 'sh', '-c', script), '/bin/sh', 'busybox is that too');
});

rootTest('--privileged lifts the bounds', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok(
    'run',
    '--rm',
    '--privileged',
    'busybox',
    'sh',
    '-c',
    'grep Seccomp: /proc/self/status | cut -f2; mount -t tmpfs none /mnt 2>&1 || mkdir /mnt && mount -t tmpfs none /mnt && echo mounted; touch /proc/sys/kernel/x 2>&1; true',
  );
  t.regex(out, /^0\n/);
  t.regex(out, /mounted/);
  t.notRegex(out, /Read-only/);
});

rootTest('a container’s processes share a session keyring of their own, and none of the caller’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const programs = ['/usr', '/lib', '/lib64'].filter((path) => existsSync(path)).flatMap((path) => ['-v', `${path}:${path}:ro`]);
  const flags = ['--security-opt', 'seccomp=unconfined', ...programs];
  const description = 'tsrun-test';
  // Its caller's session holds a key that whoever possesses it can read.
  const script = `keyctl add user ${description} secret @s >/dev/null && exec "$@"`;
  const start = [PROGRAM, 'run', '-d', '--name', 'box', ...flags, 'busybox', 'sleep', '1000'];
  const stdout = await mustRun(...engine.network.enter('keyctl', ['session', '-', 'sh', '-c', script, 'sh', ...start]), {
    environment: engine.environment,
  });
  const keyctl = (...rest: string[]): ReturnType<typeof engine.tsrun> => engine.tsrun(['exec', 'box', '/usr/bin/keyctl', ...rest]);
  t.regex((await keyctl('describe', '@s')).stdout, new RegExp(`keyring: _ses\\.${stdout.trim()}`));
  t.regex((await keyctl('search', '@s', 'user', description)).stderr, /Required key not available/);
  const key = (await keyctl('add', 'user', 'inside', 'value', '@s')).stdout.trim();
  t.is((await keyctl('print', key)).stdout.trim(), 'value', 'another exec has the same keyring');
});

rootTest('no link of an image leads a mount into /proc (CVE-2019-16884)', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--name', 'maker', 'busybox', 'sh', '-c', 'ln -s /proc/self/attr /data; ln -s /proc /kernel');
  await engine.ok('commit', '-c', 'VOLUME /data', 'maker', 'with-volume');
  await engine.ok('commit', 'maker', 'linked');
  const file = join(engine.directory, 'file');
  writeFileSync(file, '');
  for (const [target, ...words] of [
    ['/data', 'with-volume'],
    ['/data', '--tmpfs', '/data', 'linked'],
    ['/data', '-v', `${engine.directory}:/data`, 'linked'],
    ['/kernel', '-v', `${engine.directory}:/kernel`, 'linked'],
    ['/kernel/sys', '--tmpfs', '/kernel/sys', 'linked'],
    ['/kernel/1/attr/current', '-v', `${file}:/kernel/1/attr/current`, 'linked'],
    // The engine's own link is one, too.
    ['/etc/mtab', '-v', `${file}:/etc/mtab`, 'busybox'],
  ] as const) {
    const { code, stderr } = await engine.tsrun(['run', '--rm', ...words, 'true']);
    t.is(code, 125, words.join(' '));
    t.true(stderr.includes(`"${target}" cannot be mounted because it is inside /proc`), stderr);
  }
  // Another /proc than its own is no different from any folder.
  const bound = ['-v', '/proc:/host', '-v', `${file}:/host/uptime`];
  t.is(await engine.ok('run', '--rm', ...bound, 'linked', 'cat', '/host/uptime'), '');
  t.is(await engine.ok('run', '--rm', '-v', `${file}:/proc/uptime`, 'linked', 'cat', '/proc/uptime'), '');
});
