/** The only place that prints errors and decides exit codes. */
import { hasErrno, TsrunError, type ErrorCode } from '../model/errors.ts';
import { visible } from '../model/printable.ts';
import { databaseError } from '../state/database.ts';
import { writeError } from './output.ts';
import { UsageError } from './usage-error.ts';

/** How to show errors. */
export interface ErrorStyle {
  debug: boolean;
  logFormat: 'json' | 'text';
  /** The exit code of an error that doesn't say: 125 for `run`, else 1. */
  exitCode: number;
  /** What stands before the message; `tsrun: ` where nothing else does. */
  prefix?: string;
}

/** What the shell sees of commands that can't be executed or found. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = { NOT_EXECUTABLE: 126, NO_SUCH_COMMAND: 127 };

/** What a reader that left (`tsrun ps | head -0`) makes of us: as if the signal had ended us. */
const SIGPIPE_EXIT = 141;

/** Print what went wrong. @returns the exit code it stands for */
export function reportError(thrown: unknown, style: ErrorStyle): number {
  if (hasErrno(thrown, 'EPIPE')) return SIGPIPE_EXIT;
  // A single statement that failed, outside of any transaction.
  const error = databaseError(thrown) ?? thrown;
  try {
    writeError(visible(style.logFormat === 'json' ? jsonLine(error) : textLines(error, style)));
  } catch (failure) {
    // Nobody reads our errors: the exit code still says it.
    if (!hasErrno(failure, 'EPIPE', 'EBADF', 'EIO')) throw failure;
  }
  if (!(error instanceof TsrunError)) return style.exitCode;
  return error.exitCode ?? EXIT_CODES[error.code] ?? style.exitCode;
}

/** `tsrun: message`, and a hint on a line of its own; the user's own wrong words come back bare, as Docker's. */
function textLines(error: unknown, style: ErrorStyle): string {
  if (error instanceof UsageError) {
    const bare = error.exitCode === 1 && error.usage === undefined;
    return `${error.message}\n${bare ? '' : `${error.hint ?? ''}\n`}${error.usage === undefined ? '' : `\n${error.usage}`}${stackLines(error, style)}`;
  }
  const hint = hintOf(error);
  return `${style.prefix ?? 'tsrun: '}${messageOf(error)}\n${hint === undefined ? '' : `${hint}\n`}${stackLines(error, style)}`;
}

/** What the user can do: what the error says, or, for one who isn't root and was refused, that. */
function hintOf(error: unknown): string | undefined {
  const hint = error instanceof TsrunError ? error.hint : undefined;
  if (hint !== undefined) return hint;
  const refused = error instanceof TsrunError ? error.code === 'PERMISSION' : hasErrno(error, 'EACCES', 'EPERM');
  return refused && process.geteuid?.() !== 0 ? 'tsrun needs root: call it with sudo' : undefined;
}

function stackLines(error: unknown, style: ErrorStyle): string {
  if (!style.debug) {
    if (error instanceof TsrunError && error.code !== 'INTERNAL') return '';
    if (error instanceof TsrunError || !(error instanceof Error) || 'syscall' in error) return '';
    return 'this is a bug in tsrun; tsrun --debug shows where\n';
  }
  const lines: string[] = [];
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    lines.push(`${lines.length === 0 ? '' : 'caused by '}${each.stack ?? each.message}`);
    // A clean-up that failed too: `error` is the clean-up's, `suppressed` the first.
    if (each instanceof SuppressedError)
      lines.push(`while cleaning up after ${String((each.suppressed as Error).stack ?? each.suppressed)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** When a clean-up failed after something else had: what failed first comes first. */
function messageOf(error: unknown): string {
  if (error instanceof SuppressedError) return `${messageOf(error.suppressed)}; and the clean-up failed: ${messageOf(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** One line for machines. */
function jsonLine(error: unknown): string {
  const ours = error instanceof TsrunError ? error : undefined;
  const line = {
    level: 'error',
    time: new Date().toISOString(),
    code: detail(error, 'code') ?? 'INTERNAL',
    step: ours?.step,
    call: detail(error, 'call') ?? detail(error, 'syscall'),
    path: detail(error, 'path'),
    errno: ours?.errno,
    message: messageOf(error),
    hint: hintOf(error),
  };
  return `${JSON.stringify(line)}\n`;
}

/** A text that an error carries: ours or one of Node's. */
function detail(error: unknown, name: string): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A warning, as Docker's client prints the daemon's. */
export function reportWarning(message: string, logFormat: 'json' | 'text'): void {
  const line = logFormat === 'json' ? JSON.stringify({ level: 'warning', time: new Date().toISOString(), message }) : `WARNING: ${message}`;
  writeError(visible(`${line}\n`));
}
