/**
 * Proofs for one registry: what to send in `Authorization`, and a new one when the old is refused. Source: Docker's token
 * authentication (realm, service, scope), OAuth2 for refresh tokens, RFC 7617 for basic.
 */
import { TsrunError } from '../../model/errors.ts';
import type { AskedFor } from './answers.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { printableUrl } from './failures.ts';
import { readText } from './read.ts';
import { ScopeSet } from './scopes.ts';
import type { Answer, Request } from './transport.ts';

export interface AuthorizerOptions {
  /** What a token must be good for, whatever the challenge asks: `repository:library/ubuntu:pull`. */
  scopes: readonly string[];
  /** The registry's own URL: a token must not be fetched over less than it. */
  base: URL;
  /** Looked up once, when the registry first asks. */
  credentials: () => Promise<Credentials | undefined>;
  /** What is being done, for words. */
  action: AskedFor['action'];
  /** A request to the token server; retried as others are. */
  send: (request: Request) => Promise<Answer>;
  /** Where it is given, the token server is asked for a refresh token, too, which may be kept in the password's place. */
  onRefreshToken?: ((token: string) => void) | undefined;
}

export interface Authorizer {
  /** The header's value now; undefined when none was asked for yet. */
  current(): string | undefined;
  /**
   * The registry refused `used` with `challenge`: get another proof.
   * @returns `new`: one was made for this refusal; `shared`: somebody else had made one; `none`: there is no other
   * @throws TsrunError UNAUTHORIZED in Docker's words when there are no credentials, or the token server refuses them
   */
  renew(used: string | undefined, challenge: string | undefined): Promise<'new' | 'shared' | 'none'>;
}

/**
 * Several transfers share one authorizer: while one renews, the others wait for it. A token is asked for with every scope
 * that was ever wanted, so that what a mount needs doesn't take away what an upload beside it needs.
 */
export function makeAuthorizer(options: AuthorizerOptions): Authorizer {
  let header: string | undefined;
  /** What `header` was asked for with. */
  let granted = new ScopeSet();
  let renewing: Promise<string | undefined> | undefined;
  let known: Promise<Credentials | undefined> | undefined;
  const wanted = new ScopeSet(options.scopes.join(' '));
  const credentials = (): Promise<Credentials | undefined> => (known ??= options.credentials());
  return {
    current: () => header,
    async renew(used, challenge) {
      const challenges = parseChallenges(challenge);
      const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
      const scopes = bearer?.parameters['scope'] ?? '';
      wanted.add(scopes);
      if (renewing === undefined) {
        // Somebody else renewed since that request was sent.
        if (header !== used) return 'shared';
        // The same again may do no more.
        if (used !== undefined && bearer?.parameters['error'] === 'insufficient_scope' && granted.covers(scopes)) return 'none';
      }
      const isOurs = renewing === undefined;
      const asked = new ScopeSet(wanted.list().join(' '));
      renewing ??= proofFor(options, challenges, asked.list(), credentials)
        .then((next) => {
          if (next !== undefined && next !== header) [header, granted] = [next, asked];
          return next;
        })
        .finally(() => {
          renewing = undefined;
        });
      const next = await renewing;
      if (next === undefined || next === used) return 'none';
      return isOurs ? 'new' : 'shared';
    },
  };
}

async function proofFor(
  options: AuthorizerOptions,
  challenges: Challenge[],
  scopes: readonly string[],
  credentials: () => Promise<Credentials | undefined>,
): Promise<string | undefined> {
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) {
    const known = await credentials();
    return `Bearer ${known?.registryToken ?? (await fetchToken(options, bearer.parameters, scopes, known))}`;
  }
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
  const known = await credentials();
  if (known === undefined || known.username === '') {
    const at = options.action === 'pull' ? `Get "${printableUrl(new URL('v2/', options.base))}": ` : '';
    throw new TsrunError('UNAUTHORIZED', `${at}no basic auth credentials`, {
      step: 1,
      hint: `log in first: tsrun login ${options.base.host}`,
    });
  }
  return basic(known);
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

async function fetchToken(
  options: AuthorizerOptions,
  parameters: Record<string, string>,
  scopes: readonly string[],
  known: Credentials | undefined,
): Promise<string> {
  const realm = checkRealm(parameters['realm'], options.base);
  const request = tokenRequest(realm, parameters['service'], scopes, known);
  if (options.onRefreshToken !== undefined) {
    request.url.searchParams.set('offline_token', 'true');
    request.url.searchParams.set('client_id', 'tsrun');
  }
  const answer = await options.send(request);
  const text = await readText(answer, 1 << 20);
  if (answer.status === 200) {
    const { token, refreshToken } = tokensOf(text);
    if (refreshToken !== undefined) options.onRefreshToken?.(refreshToken);
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

function tokenRequest(realm: URL, service: string | undefined, scopes: readonly string[], known: Credentials | undefined): Request {
  if (known?.identityToken !== undefined) {
    const form = { grant_type: 'refresh_token', refresh_token: known.identityToken, service: service ?? '', client_id: 'tsrun' };
    return {
      method: 'POST',
      url: realm,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) }).toString(),
    };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (known === undefined) return { method: 'GET', url, headers: {} };
  url.searchParams.set('account', known.username);
  return { method: 'GET', url, headers: { Authorization: basic(known) } };
}

function tokensOf(text: string): { token?: string | undefined; refreshToken?: string | undefined } {
  try {
    const { token, access_token: accessToken, refresh_token: refresh } = JSON.parse(text) as Record<string, unknown>;
    return { token: readToken(token) ?? readToken(accessToken), refreshToken: readToken(refresh) };
  } catch {
    return {};
  }
}

/** A header's value must not hold a line's end. */
function readToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\u0021-\u007e]+$/.test(value) ? value : undefined;
}

function tokenFailure(realm: URL, code: 'REGISTRY' | 'UNAUTHORIZED', words: string): TsrunError {
  return new TsrunError(code, `Get "${printableUrl(realm)}": ${words}`, { step: 1, call: 'GET', path: printableUrl(realm) });
}
