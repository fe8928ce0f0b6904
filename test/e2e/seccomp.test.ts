/** The filters that seccomp/ compiles, in the kernel. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('the default profile forbids what Docker’s does, until a capability or `unconfined` allows it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const attempt = async (...flags: string[]): Promise<string> => {
    const script = 'unshare -U true 2>/dev/null && echo unshared; mount -t tmpfs x /mnt 2>/dev/null && echo mounted; echo end';
    return engine.ok('run', '--rm', '--tmpfs', '/mnt', ...flags, 'busybox', 'sh', '-c', script);
  };
  t.is(await attempt(), 'end');
  t.is(await attempt('--security-opt', 'seccomp=unconfined'), 'unshared\nend');
  t.is(await attempt('--cap-add', 'SYS_ADMIN'), 'unshared\nmounted\nend');
});

rootTest('a profile of one’s own decides, also about arguments', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const file = join(engine.directory, 'profile.json');
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
    syscalls: [
      { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 },
      // chmod to 0777, by either call; other modes stay allowed.
      { names: ['chmod'], action: 'SCMP_ACT_ERRNO', args: [{ index: 1, value: 0o777, op: 'SCMP_CMP_EQ' }] },
      { names: ['fchmodat'], action: 'SCMP_ACT_ERRNO', args: [{ index: 2, value: 0o777, op: 'SCMP_CMP_EQ' }] },
      { names: ['sethostname'], action: 'SCMP_ACT_ERRNO', includes: { caps: ['CAP_SYS_BOOT'] } },
    ],
  };
  writeFileSync(file, JSON.stringify(profile));
  const script = 'mkdir /x; touch /f; chmod 777 /f; chmod 755 /f && echo changed';
  const { code, stdout, stderr } = await engine.tsrun(['run', '--rm', '--security-opt', `seccomp=${file}`, 'busybox', 'sh', '-c', script]);
  t.is(code, 0);
  t.is(stdout, 'changed\n');
  t.regex(stderr, /mkdir: .*No space left on device/);
  t.regex(stderr, /chmod: .*Operation not permitted/);
});

rootTest('a profile that kills, kills', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const file = join(engine.directory, 'profile.json');
  writeFileSync(file, '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getuid","geteuid"],"action":"SCMP_ACT_KILL_PROCESS"}]}');
  t.is((await engine.tsrun(['run', '--rm', '--security-opt', `seccomp=${file}`, 'busybox', 'id'])).code, 128 + 31);
});

rootTest('a profile that can’t be right is refused, naming the field', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const file = join(engine.directory, 'profile.json');
  for (const [text, message] of [
    ['{', /seccomp profile .*JSON/],
    ['{"defaultAction":"ALLOW"}', /defaultAction: unknown action "ALLOW"/],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_NOTIFY"}]}', /SCMP_ACT_NOTIFY is not supported/],
  ] as const) {
    writeFileSync(file, text);
    const { code, stderr } = await engine.tsrun(['run', '--rm', '--security-opt', `seccomp=${file}`, 'busybox', 'true']);
    t.is(code, 125);
    t.regex(stderr, message);
  }
});
