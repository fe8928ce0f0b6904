/** A plan that failed at one operation -> what went wrong, in Docker's words where Docker has them, and what to do about it. */
import { errnoName, errnoSentence } from '../kernel/errno.ts';
import { TsrunError } from '../model/errors.ts';
import type { ErrorCode, StepNumber } from '../model/errors.ts';
import type { Plan, PlanFailure, PlanOperation } from '../model/plan.ts';
import { explainClone, explainOperation } from './explain-plan.ts';
import { describeExecuteFailure } from './explain-execute-failure.ts';
import { hintFor } from './failure-hints.ts';
import { rlimitName } from './rlimits.ts';
import { strerror } from './strerror.ts';

/** A failure as a face shows it. */
export interface DescribedFailure {
  code: ErrorCode;
  /** Which of the seven steps the operation belongs to. */
  step: StepNumber;
  /** The exact call, with its arguments. */
  call: string;
  path: string | undefined;
  errno: string;
  message: string;
  hint: string | undefined;
  /** Docker's exit code where it is another than 125. */
  exitCode: number | undefined;
  /** Docker's daemon writes down 127 of all that is no directory, though `run` ends with 125. */
  recordedExitCode: number | undefined;
}

/** What a monitor reports of a failed walk. */
export type ReportedFailure = Pick<PlanFailure, 'list' | 'index' | 'errno'>;

/** Describe the first operation that failed. `errno` is positive, as the kernel's headers have it. */
export function describeFailure(plan: Plan, failure: ReportedFailure): DescribedFailure {
  const errno = errnoName(failure.errno);
  if (failure.list === 'clone') {
    return {
      code: codeFor({ op: 'clone' }, errno),
      step: 6,
      call: explainClone(plan.clone).call,
      path: undefined,
      errno,
      message: `failed to create task for container: clone3: ${strerror(errno)}`,
      hint: hintFor({ op: 'clone' }, errno) ?? errnoSentence(errno),
      exitCode: undefined,
      recordedExitCode: undefined,
    };
  }
  const operation = plan[failure.list][failure.index];
  if (operation === undefined) {
    throw new TsrunError(
      'INTERNAL',
      `the plan has no operation ${failure.list}[${failure.index}], which is said to have failed with ${errno}`,
    );
  }
  const { call } = explainOperation(operation);
  const isWrong = isWrongKind(operation, errno);
  const base = { step: stepOf(operation), call, path: pathOf(operation), errno, recordedExitCode: isWrong ? 127 : undefined };
  if (operation.op === 'execute') return { ...base, ...describeExecuteFailure(operation, errno) };
  const message = `failed to create task for container: ${sentence(plan, operation, errno)}`;
  return {
    ...base,
    message: isWrong ? `${message}: ${NOT_A_DIRECTORY}` : message,
    code: isHostile(operation, errno) ? 'HOSTILE' : codeFor(operation, errno),
    // The question says more than the errno does.
    hint: hintFor(operation, errno) ?? (isWrong ? undefined : errnoSentence(errno)),
    exitCode: exitCodeOf(operation, errno),
  };
}

/** `describeFailure` as the error to be thrown. */
export function failureError(plan: Plan, failure: ReportedFailure): TsrunError {
  const { code, message, ...details } = describeFailure(plan, failure);
  return new TsrunError(code, message, details);
}

const NOT_A_DIRECTORY =
  'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';

/** move_mount(2) has EINVAL for a directory onto a file, where mount(2) has ENOTDIR. */
function isWrongKind(operation: PlanOperation, errno: string): boolean {
  if (errno === 'ENOTDIR') return operation.op === 'moveMount' || operation.op === 'mount';
  return errno === 'EINVAL' && operation.op === 'moveMount';
}

/** A link, or a descriptor of ours, that would have led the engine out of the container. */
function isHostile({ op }: PlanOperation, errno: string): boolean {
  if (errno === 'EXDEV') return ['changeDirectory', 'mount', 'moveMount'].includes(op);
  return errno === 'ELOOP' && ['mount', 'maskPath', 'readonlyPath', 'moveMount', 'openDevice'].includes(op);
}

/** What failed, as runc says it. */
function sentence(plan: Plan, operation: PlanOperation, errno: string): string {
  const because = strerror(isWrongKind(operation, errno) ? 'ENOTDIR' : errno);
  switch (operation.op) {
    case 'mount':
      return mountSentence(operation.source, operation.target, errno, because);
    case 'openTree':
    case 'moveMount': {
      const { source, target } = endsOf(plan, operation.slot);
      return mountSentence(source, target, errno, because);
    }
    case 'setRlimit':
      return `error setting rlimit type ${operation.resource} (${rlimitName(operation.resource)}): ${because}`;
    case 'joinSessionKeyring':
      return `unable to join session keyring: unable to create session key: ${because}`;
    case 'changeDirectory':
      if (errno === 'EXDEV') return 'current working directory is outside of container mount namespace root';
      return `chdir to cwd (${JSON.stringify(operation.path)}) set in config.json failed: ${because}`;
    default: {
      const path = pathOf(operation);
      return `${operation.op}${path === undefined ? '' : ` ${path}`}: ${because}`;
    }
  }
}

function mountSentence(source: string, target: string, errno: string, because: string): string {
  const why = errno === 'EXDEV' ? `${JSON.stringify(target)} cannot be mounted because it is inside /proc` : because;
  return `error mounting ${JSON.stringify(source)} to rootfs at ${JSON.stringify(target)}: ${why}`;
}

/** Docker: a command that can't be reached is 127, one that may not be run is 126, all else 125. */
function exitCodeOf(operation: PlanOperation, errno: string): number | undefined {
  if (operation.op !== 'changeDirectory') return undefined;
  return errno === 'EACCES' ? 126 : 127;
}

/** The source and the target of a mount that goes through a slot. */
function endsOf(plan: Plan, slot: string): { source: string; target: string } {
  const open = plan.before.find((each) => each.op === 'openTree' && each.slot === slot);
  const move = plan.child.find((each) => each.op === 'moveMount' && each.slot === slot);
  return { source: open?.op === 'openTree' ? open.path : slot, target: move?.op === 'moveMount' ? move.target : '/' };
}

function pathOf(operation: PlanOperation): string | undefined {
  if (operation.op === 'execute') return operation.argv[0];
  if ('target' in operation && operation.op !== 'makeSymlink') return operation.target;
  return 'path' in operation ? operation.path : undefined;
}

/** The root is step 3, the network 4; all the rest is the process's own. */
function stepOf(operation: PlanOperation): StepNumber {
  if (operation.op === 'mountOverlay') return 3;
  return operation.op === 'loopbackUp' ? 4 : 6;
}

function codeFor({ op }: Pick<PlanOperation, 'op'> | { op: 'clone' }, errno: string): ErrorCode {
  // A quota of keys, not of a disk.
  if (op === 'joinSessionKeyring' && errno === 'EDQUOT') return 'KERNEL';
  if (errno === 'EPERM' || errno === 'EACCES') return 'PERMISSION';
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return 'NO_SPACE';
  return errno === 'ENODEV' || errno === 'ENOSYS' || errno === 'EOPNOTSUPP' ? 'UNSUPPORTED' : 'KERNEL';
}
