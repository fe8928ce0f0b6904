/**
 * Docker's config.json, which all tools for containers share: logins and helper programs are read and written, and whatever
 * else is in it stays. Its text never goes into an error.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LOCK_EX } from '../../kernel/constants.ts';
import { makeDirectories } from '../../kernel/make-directories.ts';
import { native } from '../../kernel/native.ts';
import { TsrunError, hasErrno } from '../../model/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The parts that are looked at. */
export interface DockerConfig {
  auths?: Record<string, AuthEntry>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

export interface AuthEntry {
  /** Base64 of `user:password`. */
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/** `$DOCKER_CONFIG/config.json`, or the one in the home directory. */
export function dockerConfigPath(environment: Environment): string {
  return join(environment['DOCKER_CONFIG'] || join(environment['HOME'] ?? '/root', '.docker'), 'config.json');
}

/**
 * What is in it; nothing where it isn't there.
 * @throws TsrunError INVALID_ARGUMENT when it isn't JSON
 */
export function readDockerConfig(environment: Environment): DockerConfig {
  const path = dockerConfigPath(environment);
  try {
    return parseConfig(path, readFileSync(path, 'utf8'));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return {};
    throw error;
  }
}

function parseConfig(path: string, text: string): DockerConfig {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // No cause: JSON.parse quotes the text, which holds passwords.
  }
  throw new TsrunError('INVALID_ARGUMENT', `${path} is not JSON`, { step: 1, path, hint: 'repair or remove it' });
}

/**
 * Change it: whole or not at all, readable by its owner alone. Several at once wait for each other.
 * @param change of the object that was read, in place; `false`: there is nothing to change
 * @throws TsrunError INVALID_ARGUMENT when it isn't JSON (it stays as it is), PERMISSION
 */
export function changeDockerConfig(environment: Environment, change: (config: DockerConfig) => false | void): void {
  const named = dockerConfigPath(environment);
  try {
    makeDirectories(resolve(dirname(named)), 0o700);
    // Where it is a link, what it leads to is replaced.
    const path = resolveLink(named);
    // The folder itself is the lock: a file for that would stay behind.
    const folder = openSync(dirname(path), 'r');
    try {
      native().flock(folder, LOCK_EX);
      const config = readDockerConfig(environment);
      if (change(config) !== false) replaceFile(path, folder, JSON.stringify(config, undefined, '\t'));
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    if (!hasErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENOSPC')) throw error;
    const isFull = hasErrno(error, 'ENOSPC');
    const message = `cannot write ${named}: ${(error as Error).message}`;
    throw new TsrunError(isFull ? 'NO_SPACE' : 'PERMISSION', message, { path: named, cause: error });
  }
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return path;
    throw error;
  }
}

function replaceFile(path: string, folder: number, text: string): void {
  const made = `${path}.${process.pid}.new`;
  const fd = openSync(made, 'w', 0o600);
  try {
    chmodSync(made, 0o600);
    const before = statSync(path, { throwIfNoEntry: false });
    // Under sudo it may be another's: it stays theirs.
    if (before !== undefined) chownSync(made, before.uid, before.gid);
    writeFileSync(fd, text);
    fsyncSync(fd);
    renameSync(made, path);
    fsyncSync(folder);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
