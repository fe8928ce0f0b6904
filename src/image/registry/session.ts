/** A conversation with one endpoint: credentials, redirects and retries around plain requests. */
import type { TsrunError } from '../../model/errors.ts';
import { isPassingStatus, refusalError, retryAfter, type AskedFor } from './answers.ts';
import { makeAuthorizer } from './authorize.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoints.ts';
import { printableUrl } from './failures.ts';
import type { RegistryOptions } from './options.ts';
import { readText } from './read.ts';
import { follow } from './redirects.ts';
import { persist } from './retry.ts';
import type { Answer, Request, Transport } from './transport.ts';

/** Renewals of a proof for one request: the second is for one that others used up meanwhile. */
const MOST_RENEWALS = 2;
const MOST_TRIES = 10;

export interface SessionOptions {
  endpoint: Endpoint;
  transport: Transport;
  asked: AskedFor;
  /** As AuthorizerOptions.scopes. */
  scopes: readonly string[];
  credentials: () => Promise<Credentials | undefined>;
  /** As AuthorizerOptions.onRefreshToken. */
  onRefreshToken?: ((token: string) => void) | undefined;
  options: RegistryOptions;
}

/** One request, in the registry's own terms. */
export interface Call extends Omit<Request, 'headers'> {
  headers?: Record<string, string>;
  /** The statuses that are given back; every other one is thrown as an error. */
  expect: readonly number[];
  /** Don't try again what broke, and give back answers that say "not now": the caller knows how to go on. */
  once?: boolean;
}

export interface Session {
  readonly endpoint: Endpoint;
  /** GET `v2/<rest>`; gives back an answer with status 200 or 206, its body unread. Throws as `call`. */
  get(rest: string, headers: Record<string, string>): Promise<Answer>;
  /**
   * Send a request with the proof we have, if it is for this registry.
   * @throws TsrunError in Docker's words for every status that isn't expected; NETWORK
   */
  call(call: Call): Promise<Answer>;
  /**
   * GET `/v2/` without a proof: whatever says yes or asks for one is a registry.
   * @returns the challenge, where it asks
   */
  ping(): Promise<string | undefined>;
  /** The error that an unexpected answer is. Reads its body. */
  refusal(answer: Answer, method: string): Promise<TsrunError>;
  /** The URL of `v2/<rest>` here. */
  url(rest: string): URL;
}

/** Nothing is sent before the first request. What those throw, `Session` says. */
export function openSession(session: SessionOptions): Session {
  const { endpoint, transport, options } = session;
  const sendPatiently = (request: Request): Promise<Answer> => patiently(options, () => transport.send(request));
  const { action } = session.asked;
  const authorizer = makeAuthorizer({
    scopes: session.scopes,
    base: endpoint.base,
    credentials: session.credentials,
    send: sendPatiently,
    action,
    onRefreshToken: session.onRefreshToken,
  });

  /** Send with the proof we have, and once more with another when it is refused. */
  const sendAuthorized = async (request: Request): Promise<Answer> => {
    // An upload may go to another host: that one gets no proof, and its refusals aren't about ours.
    if (request.url.origin !== endpoint.base.origin) return await follow(transport, request);
    let renewals = 0;
    for (let tries = 0; ; tries++) {
      const authorization = authorizer.current();
      const proof = authorization === undefined ? {} : { Authorization: authorization };
      const answer = await follow(transport, { ...request, headers: { ...request.headers, ...proof } });
      const isOurs = answer.url.origin === request.url.origin;
      if (answer.status !== 401 || !isOurs || renewals === MOST_RENEWALS || tries === MOST_TRIES) return answer;
      const refused = await keepRefusal(answer);
      const renewal = await authorizer.renew(authorization, answer.headers['www-authenticate']);
      if (renewal === 'none') return refused;
      if (renewal === 'new') renewals++;
    }
  };

  const call = async ({ expect, once = false, ...request }: Call): Promise<Answer> => {
    const send = (): Promise<Answer> => sendAuthorized({ ...request, headers: request.headers ?? {} });
    const answer = once ? await send() : await patiently(options, send);
    if (expect.includes(answer.status) || (once && isPassingStatus(answer.status))) return answer;
    throw await refusal(answer, request.method);
  };
  const refusal = (answer: Answer, method: string): Promise<TsrunError> => toError(answer, method, session.asked);

  const url = (rest: string): URL => new URL(`v2/${rest}`, endpoint.base);
  return {
    endpoint,
    url,
    call,
    refusal,
    get: (rest, headers) => call({ method: 'GET', url: url(rest), headers, expect: [200, 206] }),
    async ping() {
      const answer = await patiently(options, () => follow(transport, { method: 'GET', url: url(''), headers: {} }));
      if (answer.status !== 200 && answer.status !== 401) throw await refusal(answer, 'GET');
      await readRefusal(answer);
      return answer.headers['www-authenticate'];
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

/** The error that an answer is. Reads its body. */
async function toError(answer: Answer, method: string, asked: AskedFor): Promise<TsrunError> {
  const challenge = answer.headers['www-authenticate'];
  const { status, statusText } = answer;
  return refusalError({ method, status, statusText, challenge, body: await readRefusal(answer), url: printableUrl(answer.url) }, asked);
}

/** The beginning of a refusal's body; a body that breaks is no new failure. */
async function readRefusal(answer: Answer): Promise<string> {
  try {
    return await readText(answer, 64 * 1024);
  } catch {
    return '';
  }
}
