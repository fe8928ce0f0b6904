import test from 'ava';
import { explainOperation, explainPlan } from '../../src/process/explain-plan.ts';
import type { PlanOperation } from '../../src/model/plan.ts';
import { compileMinimal } from './plan-fixture.ts';

/** One of each operation. */
const SAMPLES: { [Name in PlanOperation['op']]: Extract<PlanOperation, { op: Name }> } = {
  setns: { op: 'setns', slot: 'network', flags: 0x40000000 },
  unshare: { op: 'unshare', flags: 0x02000000 },
  openPidfd: { op: 'openPidfd', pid: 7, slot: 'target' },
  open: { op: 'open', path: '/x', flags: 0, slot: 'x' },
  awaitIdMaps: { op: 'awaitIdMaps' },
  writeFile: { op: 'writeFile', path: '/proc/sys/net/ipv4/ip_forward', data: '1' },
  mount: { op: 'mount', source: 'proc', target: '/proc', type: 'proc', flags: 14, data: '' },
  mountOverlay: {
    op: 'mountOverlay',
    target: '/r',
    directory: '/l',
    lower: ['b', 'a'],
    upper: '/u',
    work: '/w',
    flags: 0,
    options: 'index=off',
  },
  openTree: { op: 'openTree', path: '/host', recursive: true, slot: 'm' },
  mountSetattr: { op: 'mountSetattr', slot: 'm', set: 1, clear: 2, propagation: 0x40000, recursive: true },
  moveMount: { op: 'moveMount', slot: 'm', target: '/data', kind: 'same' },
  pivotRoot: { op: 'pivotRoot', path: '/r' },
  detachOldRoot: { op: 'detachOldRoot' },
  maskPath: { op: 'maskPath', path: '/proc/kcore', slot: 'null' },
  readonlyPath: { op: 'readonlyPath', path: '/proc/sys' },
  remount: { op: 'remount', path: '/', flags: 0x1021 },
  makeDirectory: { op: 'makeDirectory', path: '/w', mode: 0o755, parents: true },
  makeNode: { op: 'makeNode', path: '/dev/null', mode: 0o020666, major: 1, minor: 3 },
  makeSymlink: { op: 'makeSymlink', path: '/dev/fd', target: '/proc/self/fd' },
  openDevice: { op: 'openDevice', path: '/dev/null', major: 1, minor: 3, slot: 'null' },
  setHostname: { op: 'setHostname', name: 'web' },
  setDomainname: { op: 'setDomainname', name: 'example.org' },
  loopbackUp: { op: 'loopbackUp' },
  newSession: { op: 'newSession' },
  joinSessionKeyring: { op: 'joinSessionKeyring', name: '_ses.box' },
  openTerminal: { op: 'openTerminal', console: true, rows: 24, columns: 80, uid: 0 },
  useStreams: { op: 'useStreams', uid: 0, gid: 0 },
  setRlimit: { op: 'setRlimit', resource: 7, soft: 10n, hard: 0xffffffffffffffffn },
  defaultRlimit: { op: 'defaultRlimit', resource: 6, value: 0xffffffffffffffffn },
  setOomScore: { op: 'setOomScore', score: 5 },
  setUmask: { op: 'setUmask', mask: 0o022 },
  setPersonality: { op: 'setPersonality', persona: 8 },
  limitBounding: { op: 'limitBounding', keep: 1n },
  setUser: { op: 'setUser', uid: 5, gid: 6, groups: [6, 7] },
  setCapabilities: { op: 'setCapabilities', effective: 1n, permitted: 1n, inheritable: 0n, ambient: 0n },
  noNewPrivileges: { op: 'noNewPrivileges' },
  seccomp: { op: 'seccomp', filter: new Uint8Array(24), flags: 2 },
  changeDirectory: { op: 'changeDirectory', path: '/w', create: false },
  parentDeathSignal: { op: 'parentDeathSignal', signal: 9 },
  setDumpable: { op: 'setDumpable', value: 0 },
  forkInit: { op: 'forkInit' },
  awaitStart: { op: 'awaitStart', slot: 'start' },
  execute: { op: 'execute', candidates: ['/bin/sh'], argv: ['sh', '-c', 'a "b"'], env: ['A=secret'] },
};

test('every operation has an exact call and a sentence', (t) => {
  for (const operation of Object.values(SAMPLES)) {
    const { call, words } = explainOperation(operation);
    t.regex(call, /\w+\(.*\)/s, operation.op);
    t.regex(words, /^[A-Z].*\.$/s, operation.op);
    t.notRegex(`${call} ${words}`, /undefined|NaN|\[object/, operation.op);
  }
});

test('flags are names', (t) => {
  const call = (name: PlanOperation['op']): string => explainOperation(SAMPLES[name]).call;
  t.is(call('mount'), 'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, "")');
  t.is(call('setns'), 'setns(<network>, CLONE_NEWNET)');
  t.is(call('remount'), 'mount("", "/", "", MS_RDONLY|MS_REMOUNT|MS_BIND, "")');
  t.is(call('seccomp'), 'seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, 3 instructions)');
  t.is(call('setRlimit'), 'prlimit(0, RLIMIT_NOFILE, {10, unlimited})');
  t.is(call('defaultRlimit'), 'prlimit(0, RLIMIT_NPROC, {unlimited, unlimited}); EPERM: prlimit(0, RLIMIT_NPROC, {hard, hard})');
  t.is(explainOperation({ ...SAMPLES.unshare, flags: 0x40000001 }).call, 'unshare(CLONE_NEWNET|0x1)');
});

test('sentences say what it is for', (t) => {
  const words = (operation: PlanOperation): string => explainOperation(operation).words;
  t.is(words(SAMPLES.writeFile), 'Set the sysctl net.ipv4.ip_forward to 1.');
  t.is(words({ op: 'writeFile', path: '/sys/fs/cgroup/cpu/x/cgroup.procs', data: '0' }), 'Enter the cgroup /sys/fs/cgroup/cpu/x.');
  t.is(words(SAMPLES.mountOverlay), 'Mount 2 read-only layers, and the writable one over them as one tree at /r.');
  t.is(words(SAMPLES.setCapabilities), 'Keep these capabilities: CAP_CHOWN.');
});

test('the environment is not shown: it may hold secrets', (t) => {
  t.false(JSON.stringify(explainOperation(SAMPLES.execute)).includes('secret'));
});

test('a whole plan in words', (t) => {
  const plan = compileMinimal();
  const { before, clone, child } = explainPlan(plan);
  t.is(before.length, plan.before.length);
  t.is(child.length, plan.child.length);
  t.is(clone.words, 'Start a child process in a new mount namespace.');
});
