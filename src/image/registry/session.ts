/** A conversation with one endpoint: credentials, redirects and retries around plain requests. */
import { TsrunError } from '../../model/errors.ts';
import { isPassingStatus, refusalError, retryAfter, type AskedFor } from './answers.ts';
import { makeAuthorizer } from './authorize.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoints.ts';
import { printableUrl } from './failures.ts';
import type { RegistryOptions } from './options.ts';
import { readText } from './read.ts';
import { persist } from './retry.ts';
import type { Answer, Request, Transport } from './transport.ts';

const MOST_REDIRECTS = 10;

export interface SessionOptions {
  endpoint: Endpoint;
  transport: Transport;
  /** The repository's path: `library/ubuntu`. */
  path: string;
  asked: AskedFor;
  credentials: () => Promise<Credentials | undefined>;
  options: RegistryOptions;
}

export interface Session {
  readonly endpoint: Endpoint;
  /**
   * GET `v2/<path>/<rest>`; gives back an answer with status 200 or 206, its body unread.
   * @throws TsrunError in Docker's words for every other one
   */
  get(rest: string, headers: Record<string, string>): Promise<Answer>;
}

export function openSession(session: SessionOptions): Session {
  const { endpoint, transport, path, options } = session;
  const sendPatiently = (request: Request): Promise<Answer> => patiently(options, () => transport.send(request));
  const authorizer = makeAuthorizer({ path, base: endpoint.base, credentials: session.credentials, send: sendPatiently });

  /** Send with the proof we have, and once more with another when it is refused. */
  const sendAuthorized = async (url: URL, headers: Record<string, string>): Promise<Answer> => {
    for (let renewals = 0; ; renewals++) {
      const authorization = authorizer.current();
      const proof = authorization === undefined ? {} : { Authorization: authorization };
      const answer = await follow(transport, { method: 'GET', url, headers: { ...headers, ...proof } });
      const isOurs = answer.url.origin === url.origin;
      if (answer.status !== 401 || !isOurs || renewals === 2) return answer;
      const challenge = answer.headers['www-authenticate'];
      // What the proof may do isn't enough: another one of the same kind may do no more.
      const isFinal = authorization !== undefined && /insufficient_scope/.test(challenge ?? '') && renewals > 0;
      if (isFinal) return answer;
      const refused = await keepRefusal(answer);
      if (!(await authorizer.renew(authorization, challenge))) return refused;
    }
  };

  return {
    endpoint,
    async get(rest, headers) {
      const url = new URL(`v2/${path}/${rest}`, endpoint.base);
      const answer = await patiently(options, () => sendAuthorized(url, headers));
      if (answer.status === 200 || answer.status === 206) return answer;
      throw await toError(answer, session.asked);
    },
  };
}

/** Read a refusal's body now, so that its connection can carry the next try. */
async function keepRefusal(answer: Answer): Promise<Answer> {
  const body = new TextEncoder().encode(await readRefusal(answer));
  return {
    ...answer,
    discard: () => undefined,
    async *body() {
      yield await Promise.resolve(body);
    },
  };
}

/** Follow redirects. A proof goes to the host it is for and to no other, and an encrypted way is never left. */
async function follow(transport: Transport, first: Request): Promise<Answer> {
  let request = first;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await transport.send(request);
    const location = [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.location : undefined;
    if (location === undefined) return answer;
    answer.discard();
    const next = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
    if (next === undefined || !['http:', 'https:'].includes(next.protocol))
      throw badRedirect(request.url, 'to something that is no http(s) URL');
    if (request.url.protocol === 'https:' && next.protocol === 'http:') throw badRedirect(request.url, `from https to http (${next.host})`);
    next.username = '';
    next.password = '';
    const { Authorization: proof, ...others } = request.headers;
    const keeps = proof !== undefined && next.origin === first.url.origin && request.url.origin === first.url.origin;
    request = { method: 'GET', url: next, headers: keeps ? { ...others, Authorization: proof } : others };
  }
  throw badRedirect(first.url, `more than ${MOST_REDIRECTS} times`);
}

function badRedirect(url: URL, how: string): TsrunError {
  return new TsrunError('REGISTRY', `${printableUrl(url)} redirects ${how}`, { step: 1, call: 'GET', path: printableUrl(url) });
}

/** As `persist`; and an answer that asks us to wait is obeyed, if it asks for no more than is bearable. */
function patiently(options: RegistryOptions, send: () => Promise<Answer>): Promise<Answer> {
  return persist(options, send, (answer) => {
    if (!isPassingStatus(answer.status)) return undefined;
    const asked = retryAfter(answer.headers['retry-after'], Date.now());
    if (asked !== undefined && asked > options.times.longestWait) return undefined;
    answer.discard();
    return asked ?? 'backoff';
  });
}

async function toError(answer: Answer, asked: AskedFor): Promise<TsrunError> {
  const challenge = answer.headers['www-authenticate'];
  const { status, statusText } = answer;
  return refusalError({ status, statusText, challenge, body: await readRefusal(answer), url: printableUrl(answer.url) }, asked);
}

/** The beginning of a refusal's body; a body that breaks is no new failure. */
async function readRefusal(answer: Answer): Promise<string> {
  try {
    return await readText(answer, 64 * 1024);
  } catch {
    return '';
  }
}
