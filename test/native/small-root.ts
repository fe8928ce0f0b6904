/** A root directory with nothing but busybox, and the operations that make it a container's root. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import * as k from '../../src/kernel/constants.ts';
import { native } from '../../src/kernel/native.ts';
import type { PlanOperation } from '../../src/model/plan.ts';
import type { PlanRun } from './run-plan.ts';

/** A directory that is removed with the test. */
export function makeDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-native-'));
  t.teardown(() => native().removeTree(directory));
  return directory;
}

const APPLETS = [
  'cat',
  'dd',
  'grep',
  'head',
  'hostname',
  'id',
  'kill',
  'ls',
  'mount',
  'od',
  'ps',
  'pwd',
  'readlink',
  'seq',
  'sh',
  'sleep',
  'stat',
  'stty',
  'tail',
  'touch',
  'tty',
  'umask',
  'wc',
  'yes',
];

/** Put busybox into a directory's bin, and the names it goes by: a shell without /proc can't call it by itself. */
export function putBusybox(directory: string): void {
  mkdirSync(join(directory, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(directory, 'bin/busybox'));
  chmodSync(join(directory, 'bin/busybox'), 0o755);
  for (const name of APPLETS) symlinkSync('busybox', join(directory, 'bin', name));
}

/** A root with busybox in /bin. */
export function makeRoot(t: ExecutionContext): string {
  const root = join(makeDirectory(t), 'root');
  putBusybox(root);
  return root;
}

export const privateMounts: PlanOperation = { op: 'mount', source: '', target: '/', type: '', flags: k.MS_REC | k.MS_PRIVATE, data: '' };

/** Make a directory the root. */
export const enter = (root: string): PlanOperation[] => [
  privateMounts,
  { op: 'mount', source: root, target: root, type: '', flags: k.MS_BIND | k.MS_REC, data: '' },
  { op: 'pivotRoot', path: root },
  { op: 'detachOldRoot' },
];

export const mountProc: PlanOperation = {
  op: 'mount',
  source: 'proc',
  target: '/proc',
  type: 'proc',
  flags: 0,
  data: '',
  kind: 'directory',
  nofollow: true,
};
export const mountDev: PlanOperation = {
  op: 'mount',
  source: 'tmpfs',
  target: '/dev',
  type: 'tmpfs',
  flags: k.MS_NOSUID,
  data: 'mode=755',
  kind: 'directory',
};
export const makeNull: PlanOperation[] = [
  mountDev,
  { op: 'makeNode', path: '/dev/null', mode: k.S_IFCHR | 0o666, major: 1, minor: 3 },
  { op: 'openDevice', path: '/dev/null', major: 1, minor: 3, slot: 'null' },
];

/** A plan in a root of its own, with namespaces for mounts and pids. */
export function inRoot(root: string, ...operations: readonly PlanOperation[]): PlanRun {
  return {
    plan: { clone: { flags: k.CLONE_NEWNS | k.CLONE_NEWPID | k.CLONE_NEWUTS | k.CLONE_NEWIPC }, child: [...enter(root), ...operations] },
  };
}
