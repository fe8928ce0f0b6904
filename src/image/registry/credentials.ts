/**
 * Who we are to a registry: `auths` in Docker's config.json, or the helper program it names. Asked for only when a
 * registry wants it. What is read here never goes into an error or a log.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsrunError, hasErrno } from '../../model/errors.ts';

export interface Credentials {
  username: string;
  password: string;
  /** An OAuth refresh token, in place of the password. */
  identityToken?: string;
  /** A bearer token ready to be sent. */
  registryToken?: string;
}

/** What Docker calls its Hub in config.json. */
const HUB_KEY = 'https://index.docker.io/v1/';

type Environment = Readonly<Record<string, string | undefined>>;
/** Runs `docker-credential-NAME get` with the key on its stdin, and gives back what it printed. */
export type HelperRunner = (program: string, key: string) => Promise<{ exitCode: number; stdout: string }>;

interface DockerConfig {
  auths?: Record<string, AuthEntry>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

interface AuthEntry {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/**
 * The credentials for a reference's domain (`docker.io`, `host:port`); undefined when there are none.
 * @throws TsrunError INVALID_ARGUMENT when config.json can't be read, UNAUTHORIZED when its helper fails
 */
export async function readCredentials(domain: string, environment: Environment, runHelper: HelperRunner): Promise<Credentials | undefined> {
  const config = readConfig(environment);
  const key = domain === 'docker.io' ? HUB_KEY : domain;
  const helper = config.credHelpers?.[domain] ?? config.credHelpers?.[key] ?? config.credsStore;
  if (helper !== undefined && helper !== '') {
    const found = await askHelper(helper, key, runHelper);
    if (found !== undefined) return found;
  }
  const entry = config.auths?.[key] ?? Object.entries(config.auths ?? {}).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  return entry === undefined ? undefined : fromEntry(entry);
}

/** Docker wrote URLs there in its time: `https://host/v1/` means the host. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? key;
}

function readConfig(environment: Environment): DockerConfig {
  const directory = environment['DOCKER_CONFIG'] ?? join(environment['HOME'] ?? '/root', '.docker');
  const path = join(directory, 'config.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return {};
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // No cause: JSON.parse quotes the text, which holds passwords.
    throw new TsrunError('INVALID_ARGUMENT', `${path} is not JSON`, { step: 1, path, hint: 'repair or remove it' });
  }
}

function fromEntry(entry: AuthEntry): Credentials | undefined {
  const tokens = {
    ...(entry.identitytoken ? { identityToken: entry.identitytoken } : {}),
    ...(entry.registrytoken ? { registryToken: entry.registrytoken } : {}),
  };
  const decoded = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon >= 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), ...tokens };
  if (entry.username) return { username: entry.username, password: entry.password ?? '', ...tokens };
  return Object.keys(tokens).length > 0 ? { username: '', password: '', ...tokens } : undefined;
}

async function askHelper(name: string, key: string, runHelper: HelperRunner): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw helperFailure(program, 'that is not a name of a program');
  const { exitCode, stdout } = await runHelper(program, key);
  if (exitCode !== 0) {
    // The helpers' common word for "I have none for this registry".
    if (stdout.includes('credentials not found')) return undefined;
    throw helperFailure(program, exitCode < 0 ? 'it could not be run' : `it ended with ${exitCode}`);
  }
  const answer = parseHelperAnswer(stdout);
  if (answer === undefined) throw helperFailure(program, 'its answer is not the JSON of a credential');
  // `<token>` as user is how a helper hands over a refresh token.
  return answer.username === '<token>' ? { username: '', password: '', identityToken: answer.password } : answer;
}

function parseHelperAnswer(text: string): Credentials | undefined {
  try {
    const { Username, Secret } = JSON.parse(text) as Record<string, unknown>;
    return typeof Username === 'string' && typeof Secret === 'string' ? { username: Username, password: Secret } : undefined;
  } catch {
    return undefined;
  }
}

function helperFailure(program: string, what: string): TsrunError {
  return new TsrunError('UNAUTHORIZED', `error getting credentials from ${program}: ${what}`, {
    step: 1,
    call: program,
    hint: 'config.json names it in credsStore or credHelpers',
  });
}
