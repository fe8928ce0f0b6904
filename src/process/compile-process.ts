/** A process of a config.json -> the last operations of a plan, shared by a container's PID 1 and an exec. */
import { SIGKILL } from '../model/signals.ts';
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation, Slot } from '../model/plan.ts';
import type { OciProcess } from '../oci-spec/runtime.ts';
import { capabilityMasks } from './capabilities.ts';
import type { CompiledFilter } from './compile-options.ts';
import { defaultRlimitOperations, rlimitOperations } from './rlimits.ts';

/** PATH where the environment has none: Docker's. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Terminal or streams: how 0, 1 and 2 come about. `console`: whether the terminal is also /dev/console. */
export function standardStreams(
  process: OciProcess,
  terminalSize: { rows: number; columns: number } | undefined,
  console: boolean,
): PlanOperation {
  const uid = process.user?.uid ?? 0;
  const gid = process.user?.gid ?? 0;
  if (process.terminal !== true) return { op: 'useStreams', uid, gid };
  const size = process.consoleSize;
  const rows = terminalSize?.rows ?? size?.height ?? 24;
  const columns = terminalSize?.columns ?? size?.width ?? 80;
  return { op: 'openTerminal', console, rows, columns, uid };
}

export interface RestrictOptions {
  seccomp: CompiledFilter | undefined;
  /** Leave PID 1 to a small init before the execve. */
  init: boolean;
  /** Wait for this slot first. */
  start?: Slot | undefined;
  /** PR_SET_PDEATHSIG: a change of user clears it, so it is set again. */
  parentDeath: boolean;
}

/**
 * Everything from chdir to execve. The order matters:
 * - chdir as root, after the paths were masked, so that it can't stand below a mask (and Docker's WORKDIR may be a user's own);
 * - limits while we may raise them, and after the last descriptor was opened, for RLIMIT_NOFILE may be tiny;
 * - without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes before the user; with it, it is the last thing, and confines least of ours.
 */
export function restrictAndExecute(process: OciProcess, options: RestrictOptions): PlanOperation[] {
  const masks = capabilityMasks(process.capabilities);
  const user = process.user ?? {};
  const operations: PlanOperation[] = [{ op: 'changeDirectory', path: process.cwd, create: false }];
  if (options.start !== undefined) operations.push({ op: 'awaitStart', slot: options.start });
  operations.push({ op: 'setUmask', mask: user.umask ?? 0o022 });
  const { rlimits = [] } = process;
  operations.push(...defaultRlimitOperations(rlimits), ...rlimitOperations(rlimits));
  operations.push({ op: 'limitBounding', keep: masks.bounding });
  const filter: PlanOperation[] = options.seccomp === undefined ? [] : [{ op: 'seccomp', ...options.seccomp }];
  if (process.noNewPrivileges === true) operations.push({ op: 'noNewPrivileges' });
  else operations.push(...filter);
  operations.push({ op: 'setUser', uid: user.uid ?? 0, gid: user.gid ?? 0, groups: user.additionalGids ?? [] });
  const { effective, permitted, inheritable, ambient } = masks;
  operations.push({ op: 'setCapabilities', effective, permitted, inheritable, ambient });
  if (options.parentDeath) operations.push({ op: 'parentDeathSignal', signal: SIGKILL });
  if (process.noNewPrivileges === true) operations.push(...filter);
  if (options.init) operations.push({ op: 'forkInit' });
  operations.push(execute(process));
  return operations;
}

/** execve of the first of `args`, looked for in the process's own PATH. */
function execute(process: OciProcess): PlanOperation {
  const argv = process.args ?? [];
  const name = argv[0];
  if (name === undefined) throw new TsrunError('INVALID_ARGUMENT', 'process.args: must be a non-empty array of strings');
  const env = process.env ?? [];
  return { op: 'execute', candidates: commandCandidates(name, env), argv, env };
}

/** The paths to try for a command, as execvp(3): itself where it has a slash, else one in each directory of PATH. */
export function commandCandidates(name: string, env: readonly string[]): string[] {
  if (name === '' || name.includes('/')) return [name];
  const path = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  // An empty element is the working directory; so is an empty PATH's only one.
  return path.split(':').map((directory) => (directory === '' ? `./${name}` : `${directory.replace(/\/+$/, '')}/${name}`));
}

/** Refuse by name what this engine does not do for a process, instead of leaving it out. Throws UNSUPPORTED. */
export function refuseUnsupportedProcess(process: OciProcess): void {
  const refused: readonly (keyof OciProcess)[] = ['apparmorProfile', 'selinuxLabel', 'ioPriority', 'scheduler', 'execCPUAffinity'];
  for (const key of refused) {
    const value = process[key];
    if (value === undefined || value === '') continue;
    throw new TsrunError('UNSUPPORTED', `process.${key}: is not supported`, { path: `process.${key}` });
  }
}
