/**
 * Who we are to a registry: `auths` in Docker's config.json, or the helper program it names. Asked for only when a
 * registry wants it. What is read here never goes into an error or a log.
 */
import { TsrunError } from '../../model/errors.ts';
import { readDockerConfig, type AuthEntry, type DockerConfig, type Environment } from './docker-config.ts';

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

/** Runs `docker-credential-NAME VERB` with `input` on its stdin, and gives back what it printed; exit code -1: it could not be run. */
export type HelperRunner = (program: string, verb: HelperVerb, input: string) => Promise<{ exitCode: number; stdout: string }>;
export type HelperVerb = 'get' | 'store' | 'erase';

/**
 * The credentials for a reference's domain (`docker.io`, `host:port`); undefined when there are none.
 * @throws TsrunError INVALID_ARGUMENT when config.json can't be read, UNAUTHORIZED when its helper fails
 */
export async function readCredentials(domain: string, environment: Environment, runHelper: HelperRunner): Promise<Credentials | undefined> {
  const config = readDockerConfig(environment);
  const key = credentialsKey(domain);
  const helper = helperFor(config, domain);
  if (helper !== undefined) {
    const found = await askHelper(helper, key, runHelper);
    if (found !== undefined) return found;
  }
  const entry = config.auths?.[key] ?? Object.entries(config.auths ?? {}).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  return entry === undefined ? undefined : fromEntry(entry);
}

/** Under what a registry is in config.json. */
export function credentialsKey(domain: string): string {
  return domain === 'docker.io' ? HUB_KEY : domain;
}

/** The name of the helper that keeps what is for this registry; undefined: config.json itself does. */
export function helperFor(config: DockerConfig, domain: string): string | undefined {
  return (config.credHelpers?.[domain] ?? config.credHelpers?.[credentialsKey(domain)] ?? config.credsStore) || undefined;
}

/** Docker wrote URLs there in its time: `https://host/v1/` means the host. */
export function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? key;
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
  const stdout = await callHelper(name, 'get', `${key}\n`, runHelper);
  if (stdout === undefined) return undefined;
  const answer = parseHelperAnswer(stdout);
  if (answer === undefined) throw helperFailure(`docker-credential-${name}`, 'get', 'its answer is not the JSON of a credential');
  // `<token>` as user is how a helper hands over a refresh token.
  return answer.username === TOKEN_USER ? { username: '', password: '', identityToken: answer.password } : answer;
}

/** In place of a user's name: the secret is a refresh token. */
export const TOKEN_USER = '<token>';

/**
 * Have a helper do one thing.
 * @returns what it printed; undefined: it has none for this registry
 * @throws TsrunError UNAUTHORIZED when it fails
 */
export async function callHelper(name: string, verb: HelperVerb, input: string, runHelper: HelperRunner): Promise<string | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw helperFailure(program, verb, 'that is not a name of a program');
  const { exitCode, stdout } = await runHelper(program, verb, input);
  if (exitCode === 0) return stdout;
  // The helpers' common word for "I have none for this registry".
  if (stdout.includes('credentials not found')) return undefined;
  throw helperFailure(program, verb, exitCode < 0 ? 'it could not be run' : `it ended with ${exitCode}`);
}

function parseHelperAnswer(text: string): Credentials | undefined {
  try {
    const { Username, Secret } = JSON.parse(text) as Record<string, unknown>;
    return typeof Username === 'string' && typeof Secret === 'string' ? { username: Username, password: Secret } : undefined;
  } catch {
    return undefined;
  }
}

function helperFailure(program: string, verb: HelperVerb, what: string): TsrunError {
  const doing = { get: 'getting credentials from', store: 'storing credentials with', erase: 'erasing credentials with' };
  return new TsrunError('UNAUTHORIZED', `error ${doing[verb]} ${program}: ${what}`, {
    step: 1,
    call: program,
    hint: 'config.json names it in credsStore or credHelpers',
  });
}
