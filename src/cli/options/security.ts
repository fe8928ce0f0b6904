/** `--security-opt`. */
import { readFileSync } from 'node:fs';
import { parseBoolean } from '../flags.ts';
import { fileReason } from '../open-failure.ts';

export interface SecurityOptions {
  /** 'default', 'unconfined', or the text of a profile. */
  seccomp: string;
  noNewPrivileges: boolean;
  maskedPathsUnconfined: boolean;
  /** The options, with a profile's text in place of its path. */
  given: string[];
}

/**
 * What the security options say together; later ones win.
 * @throws Error in Docker's words; for options of Docker that we don't have, one that names them
 */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  const result: SecurityOptions = { seccomp: 'default', noNewPrivileges: false, maskedPathsUnconfined: false, given: [] };
  for (const option of options) {
    setOption(result, option);
    const isProfile = /^seccomp[=:]/.test(option) && result.seccomp.startsWith('{');
    result.given.push(isProfile ? `seccomp=${result.seccomp}` : option);
  }
  return result;
}

function setOption(result: SecurityOptions, option: string): void {
  const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
  const name = at < 0 ? option : option.slice(0, at);
  const value = at < 0 ? undefined : option.slice(at + 1);
  if (name === 'no-new-privileges') {
    result.noNewPrivileges = value === undefined || readBoolean(option, value);
    return;
  }
  if (value === undefined) throw new Error(`Invalid --security-opt: ${JSON.stringify(option)}`);
  switch (name) {
    case 'seccomp':
      result.seccomp = value === 'unconfined' ? value : value === 'default' || value === 'builtin' ? 'default' : readProfile(value);
      return;
    case 'systempaths':
      if (value !== 'unconfined') throw unknown(option);
      result.maskedPathsUnconfined = true;
      return;
    case 'apparmor':
    case 'label':
      // Whether there is a module that knows them is for the engine to say.
      return;
    case 'writable-cgroups':
      throw new Error(`--security-opt ${name} is not supported yet`);
    default:
      throw unknown(option);
  }
}

const unknown = (option: string): Error => new Error(`invalid --security-opt 2: ${JSON.stringify(option)}`);

function readBoolean(option: string, value: string): boolean {
  try {
    return parseBoolean(value);
  } catch {
    throw unknown(option);
  }
}

function readProfile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`opening seccomp profile (${path}) failed: open ${path}: ${fileReason(error)}`, { cause: error });
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw new Error(`compacting json for seccomp profile (${path}) failed: ${(error as Error).message}`, { cause: error });
  }
}
