/** One HTTP request and its answer, without policy: no redirects, no credentials, no retries. Times are limited. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
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

/** A body that is made while it is sent, and made again when it must be sent again. */
export interface BodyStream {
  /** Bytes in all; undefined: nobody knows before the end (it is sent in chunks). */
  length: number | undefined;
  open(): AsyncIterable<Uint8Array>;
}

export interface Request {
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  body?: string | Uint8Array | BodyStream;
  /** Milliseconds for the answer, where it may take longer than others. */
  answer?: number;
}

export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, once. Throws TsrunError NETWORK when it breaks off or stalls. Leaving the loop ends the connection. */
  body(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Not wanted: pass over what is left, or end the connection. */
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
    send: (request) => sendPastStale(request, agentFor(request.url), options),
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

/** A connection that was kept, and that the server had closed by the time it was used: no failure, another is taken. */
class Stale extends Error {}

async function sendPastStale(request: Request, agent: HttpAgent, options: TransportOptions): Promise<Answer> {
  for (;;) {
    try {
      return await send(request, agent, options);
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    }
  }
}

function isStream(body: Request['body']): body is BodyStream {
  return typeof body === 'object' && 'open' in body;
}

function send(request: Request, agent: HttpAgent, options: TransportOptions): Promise<Answer> {
  const { method, url, body } = request;
  const began = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const headers = { 'Accept-Encoding': 'identity', ...lengthOf(request), ...request.headers };
    const settings: RequestOptions = { method, agent, headers };
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, settings);
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      clearTimeout(timer);
      forget();
    };
    const forget = onAbort(options.signal, (reason) => sent.destroy(reason));
    sent.on('response', (message) => {
      end();
      if (isTracing())
        traceTimedCall(method, `${url.origin}${url.pathname}: ${message.statusCode}`, Number(process.hrtime.bigint() - began) / 1000);
      // An answer before the body's end: the rest isn't wanted, and the connection can't be used again.
      if (!sent.writableEnded) message.once('close', () => sent.destroy());
      resolve(makeAnswer(request, message, options));
    });
    sent.on('error', (error) => {
      end();
      // Whoever sends a stream knows how to go on by himself.
      const isStale = sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET' && !isStream(body);
      reject(isStale ? new Stale() : transportFailure(method, url, error));
    });
    const awaitAnswer = (): void => {
      const patience = request.answer ?? options.answer;
      if (!isOver) timer = setTimeout(() => sent.destroy(timeOut(`no answer for ${patience / 1000} s`)), patience);
    };
    if (isStream(body)) {
      writeBody(sent, body, options.stall, () => isOver).then(awaitAnswer, (error: unknown) => {
        if (!isOver) sent.destroy(error as Error);
      });
      return;
    }
    sent.end(body);
    awaitAnswer();
  });
}

/** A body's length, where it is known: servers that want one refuse a body in chunks. */
function lengthOf({ method, body }: Request): Record<string, string> {
  if (body === undefined) return method === 'GET' || method === 'HEAD' ? {} : { 'Content-Length': '0' };
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  return length === undefined ? {} : { 'Content-Length': String(length) };
}

/** Send a body at the pace of the one who reads it; a reader that takes nothing for `stall` milliseconds has stalled. */
async function writeBody(sent: ClientRequest, body: BodyStream, stall: number, isOver: () => boolean): Promise<void> {
  for await (const chunk of body.open()) {
    if (isOver()) return;
    if (!sent.write(chunk) && !isOver()) await drained(sent, stall);
  }
  if (!isOver()) sent.end();
}

async function drained(sent: ClientRequest, stall: number): Promise<void> {
  const timer = setTimeout(() => sent.destroy(timeOut(`nothing was taken for ${stall / 1000} s`)), stall);
  try {
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (const event of ['drain', 'close', 'response']) sent.off(event, go);
        resolve();
      };
      for (const event of ['drain', 'close', 'response']) sent.on(event, go);
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Call `end` when the signal aborts (or has); gives back what forgets it. Node's own `signal` option lets go too early. */
function onAbort(signal: AbortSignal | undefined, end: (reason: Error) => void): () => void {
  if (signal === undefined) return () => undefined;
  const listen = (): void => end(Object.assign(new Error('the transfer was ended', { cause: signal.reason }), { name: 'AbortError' }));
  if (signal.aborted) listen();
  signal.addEventListener('abort', listen);
  return () => signal.removeEventListener('abort', listen);
}

/** So many bytes are sooner read than a connection made anew. */
const CHEAP_TO_READ = 64 * 1024;

function makeAnswer({ url, method }: Request, message: IncomingMessage, options: TransportOptions): Answer {
  const bytes = method === 'HEAD' || message.statusCode === 204 ? 0 : Number(message.headers['content-length'] ?? Infinity);
  return {
    url,
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: message.headers,
    body: () => readBody(url, message, options),
    discard() {
      // A late error of a connection nobody reads any more is nobody's.
      message.on('error', () => undefined);
      if (bytes <= CHEAP_TO_READ) message.resume();
      else message.destroy();
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
