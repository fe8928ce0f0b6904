/** One HTTP request and its answer, without policy: no redirects, no credentials, no retries. Times are limited. */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { traceTimedCall, isTracing } from '../../kernel/trace.ts';
import type { SecureContexts } from './certificates.ts';
import { transportFailure } from './failures.ts';
import { proxyFor } from './proxy.ts';

/** How to reach hosts: certificates and proxies. */
export interface TransportOptions {
  /** Asked for once a host. */
  secureContext: SecureContexts;
  /** Whether certificates are checked. */
  verify: boolean;
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal | undefined;
  /** Milliseconds: until the headers came; without a byte of the body. */
  answer: number;
  stall: number;
}

export interface Request {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, once. Throws TsrunError NETWORK when it breaks off or stalls. Leaving the loop ends the connection. */
  body(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Not wanted: end the connection. */
  discard(): void;
}

export interface Transport {
  send(request: Request): Promise<Answer>;
  /** Close kept connections. */
  close(): void;
}

/** Connections are kept between requests, and several at once to one host. */
export function openTransport(options: TransportOptions): Transport {
  const agents = new Map<string, HttpAgent>();
  const agentFor = (url: URL): HttpAgent => {
    const key = `${url.protocol}//${url.host}`;
    const agent = agents.get(key) ?? makeAgent(url, options);
    agents.set(key, agent);
    return agent;
  };
  return {
    send: (request) => send(request, agentFor(request.url), options),
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

function makeAgent(url: URL, options: TransportOptions): HttpAgent {
  const proxy = proxyFor(url, options.environment);
  // Which proxy is decided here, by Docker's rules; Node only has to speak to it.
  const proxyEnv = proxy === undefined ? {} : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
  if (url.protocol === 'http:') return new HttpAgent({ keepAlive: true, proxyEnv });
  const secureContext = options.secureContext(url.host, options.verify);
  return new HttpsAgent({
    keepAlive: true,
    proxyEnv,
    ...(secureContext === undefined ? {} : { secureContext }),
    rejectUnauthorized: options.verify,
  });
}

function send(request: Request, agent: HttpAgent, options: TransportOptions): Promise<Answer> {
  const { method, url, headers, body } = request;
  const began = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const settings: RequestOptions = { method, agent, headers: { 'Accept-Encoding': 'identity', ...headers } };
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, settings);
    const timer = setTimeout(() => sent.destroy(timeOut(`no answer for ${options.answer / 1000} s`)), options.answer);
    const forget = onAbort(options.signal, (reason) => sent.destroy(reason));
    sent.on('response', (message) => {
      clearTimeout(timer);
      forget();
      if (isTracing())
        traceTimedCall(method, `${url.origin}${url.pathname}: ${message.statusCode}`, Number(process.hrtime.bigint() - began) / 1000);
      resolve(makeAnswer(url, message, options));
    });
    sent.on('error', (error) => {
      clearTimeout(timer);
      forget();
      reject(transportFailure(method, url, error));
    });
    sent.end(body);
  });
}

/** Call `end` when the signal aborts (or has); gives back what forgets it. Node's own `signal` option lets go too early. */
function onAbort(signal: AbortSignal | undefined, end: (reason: Error) => void): () => void {
  if (signal === undefined) return () => undefined;
  const listen = (): void => end(Object.assign(new Error('the pull was ended', { cause: signal.reason }), { name: 'AbortError' }));
  if (signal.aborted) listen();
  signal.addEventListener('abort', listen);
  return () => signal.removeEventListener('abort', listen);
}

function makeAnswer(url: URL, message: IncomingMessage, options: TransportOptions): Answer {
  return {
    url,
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: message.headers,
    body: () => readBody(url, message, options),
    discard() {
      // A late error of a connection nobody reads any more is nobody's.
      message.on('error', () => undefined);
      message.destroy();
    },
  };
}

async function* readBody(url: URL, message: IncomingMessage, options: TransportOptions): AsyncGenerator<Uint8Array, void, undefined> {
  // Armed only while we wait: a slow disk behind us is not a stalled registry.
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    timer = setTimeout(() => message.destroy(timeOut(`no data for ${options.stall / 1000} s`)), options.stall);
  };
  const forget = onAbort(options.signal, (reason) => message.destroy(reason));
  try {
    arm();
    for await (const chunk of message) {
      clearTimeout(timer);
      yield chunk as Uint8Array;
      arm();
    }
  } catch (error) {
    throw transportFailure('GET', url, error);
  } finally {
    clearTimeout(timer);
    forget();
  }
}

function timeOut(words: string): Error {
  return Object.assign(new Error(words), { code: 'ETIMEDOUT' });
}
