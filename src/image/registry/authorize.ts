/**
 * Proofs for one registry: what to send in `Authorization`, and a new one when the old is refused. Source: Docker's token
 * authentication (realm, service, scope), OAuth2 for refresh tokens, RFC 7617 for basic.
 */
import { TsrunError } from '../../model/errors.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { printableUrl } from './failures.ts';
import { readText } from './read.ts';
import type { Answer, Request } from './transport.ts';

export interface AuthorizerOptions {
  /** `library/ubuntu` */
  path: string;
  /** The registry's own URL: a token must not be fetched over less than it. */
  base: URL;
  /** Looked up once, when the registry first asks. */
  credentials: () => Promise<Credentials | undefined>;
  /** A request to the token server; retried as others are. */
  send: (request: Request) => Promise<Answer>;
}

export interface Authorizer {
  /** The header's value now; undefined when none was asked for yet. */
  current(): string | undefined;
  /**
   * The registry refused `used` with `challenge`: get another proof.
   * @returns whether there is a new one to try
   * @throws TsrunError UNAUTHORIZED in Docker's words when there are no credentials, or the token server refuses them
   */
  renew(used: string | undefined, challenge: string | undefined): Promise<boolean>;
}

/** Several downloads share one authorizer: while one renews, the others wait for it. */
export function makeAuthorizer(options: AuthorizerOptions): Authorizer {
  let header: string | undefined;
  let renewing: Promise<string | undefined> | undefined;
  let known: Promise<Credentials | undefined> | undefined;
  const credentials = (): Promise<Credentials | undefined> => (known ??= options.credentials());
  return {
    current: () => header,
    async renew(used, challenge) {
      // Somebody else renewed since that request was sent.
      if (renewing === undefined && header !== used) return true;
      renewing ??= proofFor(options, parseChallenges(challenge), credentials).finally(() => {
        renewing = undefined;
      });
      const next = await renewing;
      const isNew = next !== undefined && next !== used;
      if (isNew) header = next;
      return isNew;
    },
  };
}

async function proofFor(
  options: AuthorizerOptions,
  challenges: Challenge[],
  credentials: () => Promise<Credentials | undefined>,
): Promise<string | undefined> {
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) {
    const known = await credentials();
    return `Bearer ${known?.registryToken ?? (await fetchToken(options, bearer.parameters, known))}`;
  }
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
  const known = await credentials();
  if (known === undefined || known.username === '') {
    throw new TsrunError('UNAUTHORIZED', `Get "${printableUrl(new URL('v2/', options.base))}": no basic auth credentials`, {
      step: 1,
      hint: `log in with 'docker login ${options.base.host}' (its config.json is read)`,
    });
  }
  return basic(known);
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

async function fetchToken(options: AuthorizerOptions, parameters: Record<string, string>, known: Credentials | undefined): Promise<string> {
  const realm = checkRealm(parameters['realm'], options.base);
  const scope = parameters['scope'] ?? `repository:${options.path}:pull`;
  const answer = await options.send(tokenRequest(realm, parameters['service'], scope, known));
  const text = await readText(answer, 1 << 20);
  if (answer.status === 200) {
    const token = tokenOf(text);
    if (token !== undefined) return token;
    throw tokenFailure(realm, 'REGISTRY', 'authorization server did not include a token in the response');
  }
  if (answer.status === 401 || answer.status === 403) {
    throw tokenFailure(
      realm,
      'UNAUTHORIZED',
      known === undefined ? 'unauthorized: authentication required' : 'unauthorized: incorrect username or password',
    );
  }
  throw tokenFailure(realm, 'REGISTRY', `unexpected HTTP status ${answer.status} of the token server`);
}

/** The realm comes from the registry: it may be another host, but not a weaker connection than the registry's own. */
function checkRealm(realm: string | undefined, base: URL): URL {
  const url = realm !== undefined && URL.canParse(realm) ? new URL(realm) : undefined;
  const isFit = url?.protocol === 'https:' || (url?.protocol === 'http:' && base.protocol === 'http:');
  if (url !== undefined && isFit && url.username === '' && url.password === '') return url;
  throw new TsrunError('REGISTRY', `${base.host} names a token server (realm) that can't be used`, {
    step: 1,
    hint: 'a realm must be an https URL (http only for a registry that is spoken to over http)',
  });
}

function tokenRequest(realm: URL, service: string | undefined, scope: string, known: Credentials | undefined): Request {
  if (known?.identityToken !== undefined) {
    const form = { grant_type: 'refresh_token', refresh_token: known.identityToken, service: service ?? '', scope, client_id: 'tsrun' };
    return {
      method: 'POST',
      url: realm,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  if (known === undefined) return { method: 'GET', url, headers: {} };
  url.searchParams.set('account', known.username);
  return { method: 'GET', url, headers: { Authorization: basic(known) } };
}

function tokenOf(text: string): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(text) as Record<string, unknown>;
    const found = token ?? accessToken;
    // A header's value must not hold a line's end.
    return typeof found === 'string' && /^[\u0021-\u007e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function tokenFailure(realm: URL, code: 'REGISTRY' | 'UNAUTHORIZED', words: string): TsrunError {
  return new TsrunError(code, `Get "${printableUrl(realm)}": ${words}`, { step: 1, call: 'GET', path: printableUrl(realm) });
}
