/** A plan in words: each operation as the exact system call, and as a sentence. For --explain, --dry-run and errors. */
import { MS_PRIVATE, MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '../kernel/constants.ts';
import type { Plan, PlanClone, PlanOperation } from '../model/plan.ts';
import { explainFileOperation } from './explain-files.ts';
import { attributeNames, cloneFlagNames, mountFlagNames, namespaceWords, openFlagNames, propagationWords } from './explain-flags.ts';
import { explainProcessOperation } from './explain-process.ts';

/** One call, exact, and what it is for. */
export interface Explanation {
  /** e.g. `mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, "")`. */
  call: string;
  /** e.g. `Mount a new proc at /proc.` */
  words: string;
}

/** The words of a whole plan, in the order in which it is walked. */
export interface ExplainedPlan {
  before: Explanation[];
  clone: Explanation;
  child: Explanation[];
}

/** Explain all of a plan. */
export function explainPlan(plan: Plan): ExplainedPlan {
  return { before: plan.before.map(explainOperation), clone: explainClone(plan.clone), child: plan.child.map(explainOperation) };
}

/** Explain the clone between the two lists. */
export function explainClone(clone: PlanClone): Explanation {
  const flags = [cloneFlagNames(clone.flags), ...(clone.cgroup === undefined ? [] : ['CLONE_INTO_CGROUP'])].filter((each) => each !== '0');
  const cgroup = clone.cgroup === undefined ? '' : `, .cgroup = <${clone.cgroup}>`;
  const where = clone.cgroup === undefined ? '' : ', born in its cgroup';
  const namespaces = namespaceWords(clone.flags);
  const inside = clone.flags === 0 ? '' : ` in ${namespaces.endsWith('s') ? 'new' : 'a new'} ${namespaces}`;
  const call = `clone3({.flags = ${flags.length === 0 ? '0' : flags.join('|')}${cgroup}, .exit_signal = SIGCHLD})`;
  return { call, words: `Start a child process${inside}${where}.` };
}

/** Explain one operation. */
export function explainOperation(operation: PlanOperation): Explanation {
  switch (operation.op) {
    case 'setns':
      return say(
        `setns(<${operation.slot}>, ${cloneFlagNames(operation.flags)})`,
        `Enter the ${namespaceWords(operation.flags)} of <${operation.slot}>.`,
      );
    case 'unshare':
      return say(`unshare(${cloneFlagNames(operation.flags)})`, `Leave the host's ${namespaceWords(operation.flags)} for a new one.`);
    case 'openPidfd':
      return say(
        `pidfd_open(${operation.pid}, 0) -> <${operation.slot}>`,
        `Take hold of process ${operation.pid}, so that its number can't become another's.`,
      );
    case 'open':
      return say(
        `open(${quote(operation.path)}, ${openFlagNames(operation.flags)}|O_CLOEXEC) -> <${operation.slot}>`,
        `Open ${operation.path}, to be used later as <${operation.slot}>.`,
      );
    case 'awaitIdMaps':
      return say(
        'read(<monitor>); setresgid(0, 0, 0); setresuid(0, 0, 0)',
        'Wait for the ID maps of the new user namespace, and become its root.',
      );
    case 'mount':
      return explainMount(operation);
    case 'mountOverlay':
      return explainOverlay(operation);
    case 'openTree': {
      const flags = operation.recursive ? 'OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE' : 'OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC';
      const below = operation.recursive ? ', with all that is mounted below it' : '';
      return say(
        `open_tree(AT_FDCWD, ${quote(operation.path)}, ${flags}) -> <${operation.slot}>`,
        `Clone ${operation.path} of the host as a mount that is attached nowhere yet${below}.`,
      );
    }
    case 'mountSetattr':
      return explainSetattr(operation);
    case 'moveMount':
      return say(
        `move_mount(<${operation.slot}>, "", AT_FDCWD, ${quote(operation.target)}, MOVE_MOUNT_F_EMPTY_PATH)`,
        `Attach the mount <${operation.slot}> at ${operation.target} (made where it is missing).`,
      );
    case 'pivotRoot':
      return say(
        `chdir(${quote(operation.path)}); pivot_root(".", ".")`,
        `Make ${operation.path} the root; the host's tree now lies under it.`,
      );
    case 'detachOldRoot':
      return say('umount2(".", MNT_DETACH); chdir("/")', "Let go of the host's tree: from here on there is no way back to it.");
    case 'maskPath':
      return say(
        `move_mount(<${operation.slot}> or an empty read-only tmpfs, ${quote(operation.path)})`,
        `Hide ${operation.path}: a file behind /dev/null, a directory behind an empty one.`,
      );
    case 'readonlyPath':
      return say(
        `mount(${quote(operation.path)}, ${quote(operation.path)}, NULL, MS_BIND|MS_REC); remount with MS_RDONLY`,
        `Make ${operation.path} read-only.`,
      );
    case 'remount':
      return say(
        `mount("", ${quote(operation.path)}, "", ${mountFlagNames(operation.flags)}, "")`,
        `Change how ${operation.path} is mounted.`,
      );
    case 'writeFile':
    case 'makeDirectory':
    case 'makeNode':
    case 'makeSymlink':
    case 'openDevice':
      return explainFileOperation(operation);
    default:
      return explainProcessOperation(operation);
  }
}

function explainMount(operation: Extract<PlanOperation, { op: 'mount' }>): Explanation {
  const { source, target, type, flags, data } = operation;
  const call = `mount(${quote(source)}, ${quote(target)}, ${quote(type)}, ${mountFlagNames(flags)}, ${quote(data)})`;
  const propagation = flags & (MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE);
  if (propagation !== 0) return say(call, `Make the mounts from ${target} down ${propagationWords(propagation)}.`);
  return say(call, `Mount a new ${type} at ${target}.`);
}

function explainOverlay(operation: Extract<PlanOperation, { op: 'mountOverlay' }>): Explanation {
  const { target, directory, lower, upper, work, flags, options } = operation;
  const data = [
    `lowerdir=${lower.join(':')}`,
    ...(upper === undefined ? [] : [`upperdir=${upper}`]),
    ...(work === undefined ? [] : [`workdir=${work}`]),
    ...(options === undefined ? [] : [options]),
  ].join(',');
  const layers = lower.length === 1 ? 'one read-only layer' : `${lower.length} read-only layers`;
  const over = upper === undefined ? '' : ', and the writable one over them';
  return say(
    `chdir(${quote(directory)}); mount("overlay", ${quote(target)}, "overlay", ${mountFlagNames(flags)}, ${quote(data)})`,
    `Mount ${layers}${over} as one tree at ${target}.`,
  );
}

function explainSetattr(operation: Extract<PlanOperation, { op: 'mountSetattr' }>): Explanation {
  const { slot, path, set, clear, propagation, recursive } = operation;
  const [at, empty] = slot === undefined ? [`AT_FDCWD, ${quote(path ?? '')}`, []] : [`<${slot}>, ""`, ['AT_EMPTY_PATH']];
  const flags = [...empty, ...(recursive ? ['AT_RECURSIVE'] : [])].join('|');
  const call = `mount_setattr(${at}, ${flags === '' ? '0' : flags}, {.attr_set = ${attributeNames(set)}, .attr_clr = ${attributeNames(clear)}, .propagation = ${mountFlagNames(propagation)}})`;
  const what = slot === undefined ? (path ?? '') : `<${slot}>`;
  const parts = [
    ...(set === 0 ? [] : [`set ${attributeNames(set)}`]),
    ...(clear === 0 ? [] : [`clear ${attributeNames(clear)}`]),
    ...(propagation === 0 ? [] : [`make it ${propagationWords(propagation)}`]),
  ];
  const below = recursive ? ' and all mounts below' : '';
  return say(call, `Of ${what}${below}: ${parts.join('; ')}.`);
}

function say(call: string, words: string): Explanation {
  return { call, words };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
