/** An execve that failed: Docker's words, and its exit codes 126 (may not be run) and 127 (isn't there). */
import type { ErrorCode } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import { strerror } from './strerror.ts';

/** What `describeFailure` needs of it. The deeper cause is `diagnoseExec`'s. */
export function describeExecuteFailure(
  operation: Extract<PlanOperation, { op: 'execute' }>,
  errno: string,
): { code: ErrorCode; message: string; hint: string | undefined; exitCode: number } {
  const name = operation.argv[0] ?? '';
  const quoted = JSON.stringify(name);
  const prefix = 'failed to create task for container: ';
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const searched = !name.includes('/');
    const why = searched ? 'executable file not found in $PATH' : `stat ${name}: ${strerror(errno)}`;
    const hint = searched ? `Looked for: ${operation.candidates.join(', ')}.` : undefined;
    return { code: 'NO_SUCH_COMMAND', message: `${prefix}exec: ${quoted}: ${why}`, hint, exitCode: 127 };
  }
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EISDIR') {
    return { code: 'NOT_EXECUTABLE', message: `${prefix}exec: ${quoted}: permission denied`, hint: undefined, exitCode: 126 };
  }
  const message = `${prefix}exec ${name}: ${strerror(errno)}`;
  return { code: 'NOT_EXECUTABLE', message, hint: errno === 'E2BIG' ? E2BIG : undefined, exitCode: 126 };
}

const E2BIG = 'Arguments and environment together are limited to a quarter of the stack limit, and each string to 128 KiB.';
