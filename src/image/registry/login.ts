/** Logging in: whether a registry takes a name and a password, and where they are kept. */
import { TsrunError } from '../../model/errors.ts';
import { findEndpoint, openSessions, runHelperLazily } from './connect.ts';
import {
  callHelper,
  credentialsKey,
  helperFor,
  hostOf,
  readCredentials,
  TOKEN_USER,
  type Credentials,
  type HelperRunner,
} from './credentials.ts';
import { changeDockerConfig, dockerConfigPath, readDockerConfig, type AuthEntry, type Environment } from './docker-config.ts';
import { printableUrl } from './failures.ts';
import type { RegistryOptions } from './options.ts';

/** The registry that a server's name means: `https://host/v1/` is `host`, nothing is Docker Hub. */
export function registryOf(server: string | undefined): string {
  const host = hostOf(server ?? '');
  return ['', 'docker.io', hostOf(credentialsKey('docker.io'))].includes(host) ? 'docker.io' : host;
}

/**
 * Ask the registry.
 * @returns what is to be kept: with a refresh token in the password's place where the registry gives one
 * @throws TsrunError UNAUTHORIZED when it refuses; NETWORK, REGISTRY
 */
export async function checkLogin(domain: string, credentials: Credentials, options: RegistryOptions): Promise<Credentials> {
  let kept = credentials;
  const onRefreshToken = (token: string): void => {
    kept = { username: credentials.username, password: '', identityToken: token };
  };
  const asked = { repository: domain, reference: domain, action: 'look' } as const;
  const sessions = openSessions(domain, options, { mirrors: [], asked, scopes: [], credentials, onRefreshToken });
  try {
    const session = await findEndpoint(sessions);
    const url = session.url('');
    const answer = await session.call({ method: 'GET', url, expect: [200, 401, 403] });
    answer.discard();
    if (answer.status === 200) return kept;
    throw new TsrunError(
      'UNAUTHORIZED',
      `login attempt to ${printableUrl(url)} failed with status: ${answer.status} ${answer.status === 401 ? 'Unauthorized' : 'Forbidden'}`,
    );
  } finally {
    sessions.close();
  }
}

/** Where a login is kept. */
export interface CredentialsPlace {
  /** The name of the helper program that keeps it; undefined: config.json does, unencrypted. */
  helper: string | undefined;
  /** Of config.json. */
  path: string;
}

/**
 * Keep a login: with the helper that config.json names for the registry, or in config.json itself.
 * @throws TsrunError UNAUTHORIZED when the helper fails; INVALID_ARGUMENT, PERMISSION as `changeDockerConfig`
 */
export async function storeCredentials(
  domain: string,
  credentials: Credentials,
  environment: Environment,
  runHelper: HelperRunner = runHelperLazily,
): Promise<void> {
  const key = credentialsKey(domain);
  const { helper } = credentialsPlace(domain, environment);
  if (helper !== undefined) {
    const { username, password, identityToken } = credentials;
    const [Username, Secret] = identityToken === undefined ? [username, password] : [TOKEN_USER, identityToken];
    await callHelper(helper, 'store', JSON.stringify({ ServerURL: key, Username, Secret }), runHelper);
  }
  changeDockerConfig(environment, (config) => {
    // What a helper keeps is only named here, as Docker does.
    config.auths = { ...config.auths, [key]: helper === undefined ? toEntry(credentials) : {} };
  });
}

function toEntry({ username, password, identityToken }: Credentials): AuthEntry {
  const auth = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  return identityToken === undefined ? { auth } : { auth, identitytoken: identityToken };
}

/** Where a login for this registry would be kept. */
export function credentialsPlace(domain: string, environment: Environment): CredentialsPlace {
  return { helper: helperFor(readDockerConfig(environment), domain), path: dockerConfigPath(environment) };
}

/**
 * Forget a login, wherever it is kept, under every name that Docker gave it.
 * @returns whether there was one
 * @throws as `storeCredentials`
 */
export async function eraseCredentials(
  domain: string,
  environment: Environment,
  runHelper: HelperRunner = runHelperLazily,
): Promise<boolean> {
  const key = credentialsKey(domain);
  const isOurs = (name: string): boolean => name === key || hostOf(name) === hostOf(key);
  const { helper } = credentialsPlace(domain, environment);
  let found = false;
  if (helper !== undefined && (await readCredentials(domain, environment, runHelper)) !== undefined) {
    await callHelper(helper, 'erase', key, runHelper);
    found = true;
  }
  if (!Object.keys(readDockerConfig(environment).auths ?? {}).some(isOurs)) return found;
  changeDockerConfig(environment, (config) => {
    config.auths = Object.fromEntries(Object.entries(config.auths ?? {}).filter(([name]) => !isOurs(name)));
  });
  return true;
}
