/** Operations on files in words. */
import { S_IFBLK, S_IFIFO, S_IFMT } from '../kernel/constants.ts';
import type { PlanOperation } from '../model/plan.ts';
import { openFlagNames } from './explain-flags.ts';
import type { Explanation } from './explain-plan.ts';

type FileOperation = Extract<PlanOperation, { op: 'writeFile' | 'makeDirectory' | 'makeNode' | 'makeSymlink' | 'openDevice' }>;

/** Explain an operation on files. */
export function explainFileOperation(operation: FileOperation): Explanation {
  const path = JSON.stringify(operation.path);
  switch (operation.op) {
    case 'writeFile': {
      const more = operation.flags === undefined ? '' : `|${openFlagNames(operation.flags)}`;
      return {
        call: `open(${path}, O_WRONLY${more}); write(${JSON.stringify(operation.data)})`,
        words: writeWords(operation.path, operation.data),
      };
    }
    case 'makeDirectory': {
      const parents = operation.parents ? ' and its parents' : '';
      return {
        call: `mkdir(${path}, ${octal(operation.mode)})`,
        words: `Make the directory ${operation.path}${parents} where it is missing.`,
      };
    }
    case 'makeNode': {
      const { mode, major, minor } = operation;
      const kind = (mode & S_IFMT) === S_IFBLK ? 'block device' : (mode & S_IFMT) === S_IFIFO ? 'FIFO' : 'character device';
      const numbers = (mode & S_IFMT) === S_IFIFO ? '' : ` ${major}:${minor}`;
      return {
        call: `mknod(${path}, ${octal(mode)}, makedev(${major}, ${minor}))`,
        words: `Make the ${kind} ${operation.path}${numbers}.`,
      };
    }
    case 'makeSymlink':
      return { call: `symlink(${JSON.stringify(operation.target)}, ${path})`, words: `Link ${operation.path} to ${operation.target}.` };
    case 'openDevice': {
      const { major, minor, slot } = operation;
      return {
        call: `open(${path}, O_PATH|O_NOFOLLOW|O_CLOEXEC) -> <${slot}>; fstat: S_IFCHR ${major}:${minor}`,
        words: `Open ${operation.path} and check that it is the device ${major}:${minor}, and nothing that the image put there.`,
      };
    }
  }
}

function writeWords(path: string, data: string): string {
  if (/\/(cgroup\.procs|tasks)$/.test(path)) return `Enter the cgroup ${path.slice(0, path.lastIndexOf('/'))}.`;
  if (path.startsWith('/proc/sys/')) return `Set the sysctl ${path.slice('/proc/sys/'.length).replaceAll('/', '.')} to ${data}.`;
  return `Write ${JSON.stringify(data)} to ${path}.`;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
