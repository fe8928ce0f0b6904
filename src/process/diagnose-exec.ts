/**
 * Why a file that is there can't be executed. execve(2) has one ENOENT for a missing command, a missing script interpreter
 * and a missing ELF interpreter; this looks at the bytes. Pure but for the function that it reads with.
 */
import { elfInterpreter, elfMachine } from './elf.ts';

/** Read access to the container's root file system: `readFile` follows links inside the root. */
export interface ExecFiles {
  /** The first 64 KiB (or all) of a regular file; undefined where there is none. */
  readFile(path: string): Uint8Array | undefined;
  /** Permission bits; undefined where they are not known. */
  mode?(path: string): number | undefined;
}

/** The kernel follows so many scripts that are each other's interpreters; an image's may go round in circles. */
const MOST_INTERPRETERS = 5;

/**
 * Say why the first candidate that exists can't be executed.
 *
 * @param candidates absolute paths, as the plan tried them
 * @param machine the host's processor, as ELF names it here: `x86_64`, `aarch64`
 * @returns a sentence, or undefined where nothing is wrong with the bytes (or nothing is there).
 */
export function diagnoseExec(candidates: readonly string[], files: ExecFiles, machine: string): string | undefined {
  for (const path of candidates) {
    const bytes = files.readFile(path);
    if (bytes !== undefined) return diagnoseFile(path, bytes, files, machine, MOST_INTERPRETERS);
  }
  return undefined;
}

function diagnoseFile(path: string, bytes: Uint8Array, files: ExecFiles, machine: string, left: number): string | undefined {
  const mode = files.mode?.(path);
  if (mode !== undefined && (mode & 0o111) === 0) return `${path} has no execute permission (mode 0${(mode & 0o7777).toString(8)}).`;
  if (bytes.length === 0) return `${path} is empty.`;
  if (bytes[0] === 0x23 && bytes[1] === 0x21) return diagnoseScript(path, bytes, files, machine, left);
  const actual = elfMachine(bytes);
  if (actual === undefined) return `${path} is neither an ELF program nor a script: a script must begin with a line such as #!/bin/sh.`;
  if (!runsOn(machine, actual))
    return `${path} is a program for ${actual}, and this host is ${machine}: choose an image for this platform.`;
  const interpreter = elfInterpreter(bytes);
  if (interpreter === undefined || files.readFile(interpreter) !== undefined) return undefined;
  return `${path} needs the dynamic loader ${interpreter}, which the image does not have: it was linked for another distribution (glibc or musl).`;
}

function diagnoseScript(path: string, bytes: Uint8Array, files: ExecFiles, machine: string, left: number): string | undefined {
  const text = new TextDecoder('latin1').decode(bytes.subarray(2, 258));
  const line = text.split('\n', 1)[0] ?? '';
  const interpreter = /^[ \t]*([^ \t]+)/.exec(line)?.[1];
  if (interpreter === undefined) return `${path} has no interpreter after #!.`;
  // With an argument the carriage return is the argument's, and the interpreter is found.
  if (interpreter.endsWith('\r')) {
    return `${path} has Windows line ends (CRLF), so its interpreter is read as ${JSON.stringify(interpreter)}: convert it to LF.`;
  }
  const found = files.readFile(interpreter);
  if (found === undefined) return `${path} is a script for ${interpreter}, which the image does not have.`;
  if (left === 0) return `${path} is a script whose interpreter is a script, and so on: the kernel gives up after ${MOST_INTERPRETERS}.`;
  // The interpreter may itself be what fails.
  return diagnoseFile(interpreter, found, files, machine, left - 1);
}

/** x86-64 kernels run i386 programs too, and arm64 ones mostly arm's. */
function runsOn(machine: string, program: string): boolean {
  if (machine === program) return true;
  return (machine === 'x86_64' && program === 'i386') || (machine === 'aarch64' && program === 'arm');
}
