import test from 'ava';
import { buildExecProcess } from '../../src/container/oci-config-exec.ts';
import { buildOciConfig } from '../../src/container/oci-config.ts';
import { compileExecPlan } from '../../src/process/compile-exec.ts';
import { containerConfig, ociConfigInput } from '../container/oci-config-fixture.ts';
import { calls } from './plan-fixture.ts';

const request = {
  command: ['id'],
  environment: [],
  user: { uid: 0, gid: 0, groups: [], home: '/root' },
  workingDirectory: undefined,
  terminal: false,
  privileged: false,
  boundingSet: (1n << 41n) - 1n,
};
const options = {
  pid: 42,
  keyring: '_ses.box',
  cgroupJoins: ['/sys/fs/cgroup/cpu/x/cgroup.procs'],
  seccomp: undefined,
  terminalSize: { rows: 5, columns: 6 },
};

test('an exec joins by pidfd: the PID namespace before the clone, all others at once', (t) => {
  const spec = buildOciConfig(ociConfigInput());
  const plan = compileExecPlan(spec, buildExecProcess(spec, containerConfig(), request), options);
  t.deepEqual(calls(plan.before), ['pidfd_open(42, 0) -> <target>', 'setns(<target>, CLONE_NEWPID)']);
  t.deepEqual(plan.clone, { flags: 0 });
  t.deepEqual(calls(plan.child), [
    'prctl(PR_SET_PDEATHSIG, SIGKILL)',
    'prctl(PR_SET_DUMPABLE, 0)',
    'open("/sys/fs/cgroup/cpu/x/cgroup.procs", O_WRONLY); write("0")',
    'write("/proc/self/oom_score_adj", "0")',
    'setns(<target>, CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET)',
    'setsid()',
    'keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses.box")',
    'fchown(…, 0, 0); dup2 to 0, 1, 2',
    'chdir("/"); getcwd()',
    'umask(022)',
    'prlimit(0, RLIMIT_NOFILE, {1048576, 1048576}); EPERM: prlimit(0, RLIMIT_NOFILE, {hard, hard})',
    'prlimit(0, RLIMIT_NPROC, {unlimited, unlimited}); EPERM: prlimit(0, RLIMIT_NPROC, {hard, hard})',
    'prctl(PR_CAPBSET_DROP, …) for all others',
    'setgroups([0]); setresgid(0, 0, 0); setresuid(0, 0, 0)',
    'capset({effective 0xa80425fb, permitted 0xa80425fb, inheritable 0x0}); ambient 0x0',
    'prctl(PR_SET_PDEATHSIG, SIGKILL)',
    'execve("/usr/local/sbin/id" or "/usr/local/bin/id" or "/usr/sbin/id" or "/usr/bin/id" or "/sbin/id" or "/bin/id", ["id"], [3 variables])',
  ]);
});

test('namespaces of the host are not joined', (t) => {
  const spec = buildOciConfig(ociConfigInput({ pid: 'host', network: { type: 'host' } }));
  const plan = compileExecPlan(spec, buildExecProcess(spec, containerConfig(), request), { ...options, pidfd: 'pidfd', cgroup: 'cgroup' });
  t.deepEqual(plan.before, []);
  t.deepEqual(plan.clone, { flags: 0, cgroup: 'cgroup' });
  t.true(calls(plan.child).includes('setns(<pidfd>, CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC)'));
});

test("an exec's process is the container's, but for what was asked", (t) => {
  const config = containerConfig({ environment: ['A=1', 'B=1'], noNewPrivileges: true, ulimits: [{ name: 'nofile', soft: 9, hard: 9 }] });
  const spec = buildOciConfig(ociConfigInput(config));
  const user = { uid: 5, gid: 5, groups: [7], home: '/home/five' };
  const process = buildExecProcess(spec, config, { ...request, user, environment: ['B=2'], terminal: true, workingDirectory: '/tmp' });
  t.deepEqual(process.env, [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOSTNAME=c0ffee000000',
    'TERM=xterm',
    'A=1',
    'B=2',
    'HOME=/home/five',
  ]);
  t.deepEqual(process.user, { uid: 5, gid: 5, additionalGids: [5, 7] });
  t.is(process.cwd, '/tmp');
  t.true(process.noNewPrivileges);
  t.deepEqual(process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 9, hard: 9 }]);
  t.deepEqual(Object.keys(process.capabilities ?? {}), ['bounding']);
  const plan = compileExecPlan(spec, process, options);
  t.deepEqual(
    plan.child.find(({ op }) => op === 'openTerminal'),
    { op: 'openTerminal', console: false, rows: 5, columns: 6, uid: 5 },
  );
});

test('a privileged exec has all that root has', (t) => {
  const spec = buildOciConfig(ociConfigInput());
  const process = buildExecProcess(spec, containerConfig(), { ...request, privileged: true, boundingSet: 0b11n });
  t.deepEqual(process.capabilities?.effective, ['CAP_CHOWN', 'CAP_DAC_OVERRIDE']);
});
