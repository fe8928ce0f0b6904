/**
 * A registry in the test's own process that misbehaves by script: each fault is for the requests whose path it matches, so
 * many times. What it was asked is recorded.
 */
import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** What the registry has at a path: `manifests/latest` of a repository, or a blob. */
export interface Content {
  type: string;
  bytes: Buffer;
}

/** Given the request and what would be answered, answers in its own way; or gives back `false` to let it be answered well. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content: Content | undefined) => void | false;

interface Recorded {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

export interface FakeRegistry {
  /** `127.0.0.1:PORT` */
  host: string;
  url: string;
  requests: Recorded[];
  /** The requests' paths, without `/v2/`. */
  paths(): string[];
  put(path: string, content: Content): void;
  /** Do this with the next `times` requests whose path matches. */
  fault(path: RegExp, fault: Fault, times?: number): void;
}

export interface FakeOptions {
  /** `ca` and `requestCert`: whose client certificates it wants. */
  tls?: { key: string; cert: string; ca?: string; requestCert?: boolean };
  /** Do all requests' beginning: authentication. Answers and returns true, or lets it pass. */
  guard?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Ranges are ignored: every answer is 200 with the whole. */
  withoutRanges?: boolean;
  hostname?: string;
}

/** Start one; it is closed when the test ends. */
export async function startFakeRegistry(t: ExecutionContext, options: FakeOptions = {}): Promise<FakeRegistry> {
  const contents = new Map<string, Content>();
  const faults: { path: RegExp; fault: Fault; times: number }[] = [];
  const requests: Recorded[] = [];
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    requests.push({ method: request.method ?? '', path, headers: request.headers });
    response.on('error', () => undefined);
    if (options.guard?.(request, response) === true) return;
    const content = contents.get(path);
    const found = faults.find((entry) => entry.times > 0 && entry.path.test(path));
    if (found !== undefined) {
      found.times--;
      if (found.fault(request, response, content) !== false) return;
    }
    answer(request, response, content, options.withoutRanges === true);
  };
  const server = options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
  const host = `${options.hostname ?? '127.0.0.1'}:${await listen(t, server)}`;
  return {
    host,
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}`,
    requests,
    paths: () => requests.map(({ path }) => path.replace('/v2/', '')),
    put: (path, content) => contents.set(`/v2/${path}`, content),
    fault: (path, fault, times = 1) => faults.push({ path, fault, times }),
  };
}

/** Listen on a free port of the loopback until the test ends. */
export async function listen(t: ExecutionContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  // On a busy machine five seconds pass between two requests, and a connection that is closed then is one break more.
  server.keepAliveTimeout = 120_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function answer(request: IncomingMessage, response: ServerResponse, content: Content | undefined, withoutRanges: boolean): void {
  if (content === undefined) {
    const isManifest = /\/manifests\//.test(request.url ?? '');
    refuse(response, 404, isManifest ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN', isManifest ? 'manifest unknown' : 'blob unknown to registry');
    return;
  }
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const { bytes, type } = content;
  if (from > 0 && !withoutRanges) {
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'Content-Type': type, 'Content-Length': bytes.length - from, 'Content-Range': range });
    response.end(bytes.subarray(from));
    return;
  }
  const headers = { 'Content-Type': type, 'Content-Length': bytes.length, 'Docker-Content-Digest': digestOf(bytes) };
  response.writeHead(200, headers);
  response.end(bytes);
}

/** An error as registries answer it. */
function refuse(response: ServerResponse, status: number, code: string, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** The faults. Those of bodies honour ranges no more than they must. */
export const faults = {
  /** Answer this many bytes, then hold the connection open in silence. */
  stall(after: number): Fault {
    return (_request, response, content) => {
      response.writeHead(200, { 'Content-Length': content?.bytes.length ?? 0 });
      response.write(content?.bytes.subarray(0, after));
    };
  },
  /** Never answer at all. */
  silence: (() => undefined) as Fault,
  /** Answer so many further bytes, then cut the connection. */
  dieAfter(count: number): Fault {
    return (request, response, content) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const bytes = content?.bytes ?? Buffer.alloc(0);
      const range = { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
      response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': bytes.length - from, ...(from > 0 ? range : {}) });
      response.write(bytes.subarray(from, from + count), () => setTimeout(() => response.socket?.destroy(), 10));
    };
  },
  /** Fewer bytes than there are, and a Content-Length that fits them. */
  cutTo(count: number): Fault {
    return (_request, response, content) => {
      response.writeHead(200, { 'Content-Length': count });
      response.end(content?.bytes.subarray(0, count));
    };
  },
  /** More bytes than there are, without a Content-Length. */
  tooLong: ((_request, response, content) => {
    response.writeHead(200);
    response.end(Buffer.concat([content?.bytes ?? Buffer.alloc(0), Buffer.from('more')]));
  }) as Fault,
  /** The same length, one bit another. */
  altered: ((_request, response, content) => {
    const bytes = Buffer.from(content?.bytes ?? []);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    response.writeHead(200, { 'Content-Type': content?.type ?? '', 'Content-Length': bytes.length });
    response.end(bytes);
  }) as Fault,
  html(status: number): Fault {
    return (_request, response) => {
      response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end('<!DOCTYPE html><html><body>Sign in, please</body></html>');
    };
  },
  status(status: number, headers: Record<string, string> = {}): Fault {
    return (_request, response) => {
      response.writeHead(status, headers);
      response.end();
    };
  },
  refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): Fault {
    return (_request, response) => refuse(response, status, code, message, headers);
  },
  redirect(to: (path: string) => string, status = 307): Fault {
    return (request, response) => {
      response.writeHead(status, { Location: to(request.url ?? '') });
      response.end();
    };
  },
};

export function digestOf(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
