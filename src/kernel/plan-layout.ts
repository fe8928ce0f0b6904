/**
 * How each operation of a plan is laid out in bytes: its number, and its fields in the order of the native side's
 * arguments. `native/plan/plan_ops.def` says the same for C, and a test compares the two.
 */
import type { LogWriter } from './native.ts';
import type { PlanOperation, PlanOperationName } from '../model/plan.ts';

/** How a field is written; the letters are those of plan_ops.def. */
export type FieldShape =
  | 'number' // n
  | 'text' // s
  | 'optional text' // S
  | 'slot' // l
  | 'optional slot' // L
  | 'texts' // a
  | 'numbers' // w
  | 'bytes'; // b

export interface OperationLayout {
  readonly code: number;
  readonly fields: readonly (readonly [name: string, shape: FieldShape])[];
}

type FieldsOf<Name extends PlanOperationName> = Exclude<keyof Extract<PlanOperation, { op: Name }>, 'op'>;

/** Only fields that the operation really has may be named. */
function layout<Name extends PlanOperationName>(
  _name: Name,
  code: number,
  ...fields: readonly (readonly [name: Extract<FieldsOf<Name>, string>, shape: FieldShape])[]
): OperationLayout {
  return { code, fields };
}

export const OPERATION_LAYOUTS: Readonly<Record<PlanOperationName, OperationLayout>> = {
  setns: layout('setns', 1, ['slot', 'slot'], ['flags', 'number']),
  unshare: layout('unshare', 2, ['flags', 'number']),
  openPidfd: layout('openPidfd', 3, ['pid', 'number'], ['slot', 'slot']),
  open: layout('open', 4, ['path', 'text'], ['flags', 'number'], ['slot', 'slot']),
  awaitIdMaps: layout('awaitIdMaps', 5),
  writeFile: layout('writeFile', 6, ['path', 'text'], ['data', 'bytes'], ['flags', 'number']),
  mount: layout(
    'mount',
    7,
    ['source', 'text'],
    ['target', 'text'],
    ['type', 'text'],
    ['flags', 'number'],
    ['data', 'text'],
    ['kind', 'number'],
    ['nofollow', 'number'],
  ),
  mountOverlay: layout(
    'mountOverlay',
    8,
    ['target', 'text'],
    ['directory', 'text'],
    ['lower', 'texts'],
    ['upper', 'optional text'],
    ['work', 'optional text'],
    ['flags', 'number'],
    ['options', 'optional text'],
  ),
  openTree: layout('openTree', 9, ['path', 'text'], ['recursive', 'number'], ['slot', 'slot']),
  mountSetattr: layout(
    'mountSetattr',
    10,
    ['slot', 'optional slot'],
    ['path', 'optional text'],
    ['set', 'number'],
    ['clear', 'number'],
    ['propagation', 'number'],
    ['recursive', 'number'],
  ),
  moveMount: layout('moveMount', 11, ['slot', 'slot'], ['target', 'text'], ['kind', 'number']),
  pivotRoot: layout('pivotRoot', 12, ['path', 'text']),
  detachOldRoot: layout('detachOldRoot', 13),
  maskPath: layout('maskPath', 14, ['path', 'text'], ['slot', 'slot']),
  readonlyPath: layout('readonlyPath', 15, ['path', 'text']),
  remount: layout('remount', 16, ['path', 'text'], ['flags', 'number']),
  makeDirectory: layout(
    'makeDirectory',
    17,
    ['path', 'text'],
    ['mode', 'number'],
    ['parents', 'number'],
    ['uid', 'number'],
    ['gid', 'number'],
  ),
  makeNode: layout(
    'makeNode',
    18,
    ['path', 'text'],
    ['mode', 'number'],
    ['major', 'number'],
    ['minor', 'number'],
    ['uid', 'number'],
    ['gid', 'number'],
  ),
  makeSymlink: layout('makeSymlink', 19, ['path', 'text'], ['target', 'text']),
  openDevice: layout('openDevice', 20, ['path', 'text'], ['major', 'number'], ['minor', 'number'], ['slot', 'slot']),
  setHostname: layout('setHostname', 21, ['name', 'text']),
  setDomainname: layout('setDomainname', 22, ['name', 'text']),
  loopbackUp: layout('loopbackUp', 23),
  newSession: layout('newSession', 24),
  openTerminal: layout('openTerminal', 25, ['console', 'number'], ['rows', 'number'], ['columns', 'number'], ['uid', 'number']),
  useStreams: layout('useStreams', 26, ['uid', 'number'], ['gid', 'number']),
  setRlimit: layout('setRlimit', 27, ['resource', 'number'], ['soft', 'number'], ['hard', 'number']),
  setOomScore: layout('setOomScore', 28, ['score', 'number']),
  setUmask: layout('setUmask', 29, ['mask', 'number']),
  setPersonality: layout('setPersonality', 30, ['persona', 'number']),
  limitBounding: layout('limitBounding', 31, ['keep', 'number']),
  setUser: layout('setUser', 32, ['uid', 'number'], ['gid', 'number'], ['groups', 'numbers']),
  setCapabilities: layout(
    'setCapabilities',
    33,
    ['effective', 'number'],
    ['permitted', 'number'],
    ['inheritable', 'number'],
    ['ambient', 'number'],
  ),
  noNewPrivileges: layout('noNewPrivileges', 34),
  seccomp: layout('seccomp', 35, ['filter', 'bytes'], ['flags', 'number']),
  changeDirectory: layout('changeDirectory', 36, ['path', 'text'], ['create', 'number']),
  parentDeathSignal: layout('parentDeathSignal', 37, ['signal', 'number']),
  setDumpable: layout('setDumpable', 38, ['value', 'number']),
  forkInit: layout('forkInit', 39),
  awaitStart: layout('awaitStart', 40, ['slot', 'slot']),
  execute: layout('execute', 41, ['candidates', 'texts'], ['argv', 'texts'], ['env', 'texts']),
  joinSessionKeyring: layout('joinSessionKeyring', 42, ['name', 'text']),
  defaultRlimit: layout('defaultRlimit', 43, ['resource', 'number'], ['value', 'number']),
};

/** The number of a target's kind. */
export const TARGET_KINDS: Readonly<Record<string, number>> = { directory: 1, file: 2, same: 3 };

/** enum log_driver of native/monitor/log.h. */
export const LOG_WRITERS: Readonly<Record<LogWriter, number>> = { 'json-file': 1, local: 2, journald: 3 };

/** Fields whose absence is "leave it" (all bits set), not zero. */
export const ABSENT_IS_NONE: ReadonlySet<string> = new Set(['uid', 'gid']);

/** A header's size, and an operation's: what native/plan/plan.h calls struct plan_header and struct plan_op. */
export const HEADER_SIZE = 192;
export const OPERATION_SIZE = 72;
export const PLAN_MAGIC = 0x31525354;
export const PLAN_VERSION = 7;
