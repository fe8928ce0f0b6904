/**
 * A registry in the test's own process that takes pushes, and misbehaves by script: each fault is for the requests that it
 * matches, so many times. What it has, and what it was asked, is there to be looked at.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ExecutionContext } from 'ava';
import { digestOf, listen } from './registry-fake.ts';

/** Answers in its own way and returns true, or lets the request be answered well. */
type Fault = (request: IncomingMessage, response: ServerResponse, upload: Upload | undefined) => Promise<boolean> | boolean;

interface Upload {
  bytes: Buffer;
}

export interface WritableRegistry {
  /** `127.0.0.1:PORT` */
  host: string;
  /** `repository@digest` to bytes. */
  blobs: Map<string, Buffer>;
  /** `repository:tag` to the manifest. */
  manifests: Map<string, { type: string; bytes: Buffer }>;
  /** `PATCH /v2/x/blobs/uploads/`, without the upload's name; a mount with its query. */
  asked: string[];
  requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  /** Do this with the next `times` requests with this method and path. */
  fault(method: string, path: RegExp, fault: Fault, times?: number): void;
}

export interface WritableOptions {
  guard?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** What an upload's Location begins with, where its bytes go to another host. */
  uploadsAt?: () => string;
}

/** Start one; it is closed when the test ends. */
export async function startWritableRegistry(t: ExecutionContext, options: WritableOptions = {}): Promise<WritableRegistry> {
  const faults: { method: string; path: RegExp; fault: Fault; times: number }[] = [];
  const uploads = new Map<string, Upload>();
  const registry: Omit<WritableRegistry, 'host'> = {
    blobs: new Map(),
    manifests: new Map(),
    asked: [],
    requests: [],
    fault: (method, path, fault, times = 1) => faults.push({ method, path, fault, times }),
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    registry.requests.push({ method, url, headers: request.headers });
    registry.asked.push(`${method} ${decodeURIComponent(url).replace(/(uploads\/)[^?]+.*/, '$1')}`);
    response.on('error', () => undefined);
    if (options.guard?.(request, response) === true) return;
    const upload = uploads.get(/uploads\/([^?]+)/.exec(url)?.[1] ?? '');
    const found = faults.find((entry) => entry.times > 0 && entry.method === method && entry.path.test(url));
    if (found !== undefined) {
      found.times--;
      if (await found.fault(request, response, upload)) return;
    }
    await serve(registry, uploads, options.uploadsAt?.() ?? '', request, response);
  };
  // A connection that broke is what some tests are about.
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  return { ...registry, host: `127.0.0.1:${await listen(t, server)}` };
}

type Contents = Pick<WritableRegistry, 'blobs' | 'manifests'>;

async function serve(
  contents: Contents,
  uploads: Map<string, Upload>,
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://registry');
  const [, name = '', kind = '', id = ''] = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(url.pathname) ?? [];
  const end = (status: number, headers: Record<string, string> = {}): void => void response.writeHead(status, headers).end();
  if (url.pathname === '/v2/') return end(200);
  if (kind === 'manifests') return manifest(contents, `${name}:${id}`, request, response);
  if (kind === 'blobs') {
    const blob = contents.blobs.get(`${name}@${id}`);
    return blob === undefined ? end(404) : end(200, { 'Content-Length': String(blob.length) });
  }
  const digest = url.searchParams.get('digest') ?? url.searchParams.get('mount') ?? '';
  if (request.method === 'POST') {
    const mounted = contents.blobs.get(`${url.searchParams.get('from') ?? ''}@${digest}`);
    if (mounted !== undefined) {
      contents.blobs.set(`${name}@${digest}`, mounted);
      return end(201);
    }
    const made = randomUUID();
    uploads.set(made, { bytes: Buffer.alloc(0) });
    return end(202, { Location: `${prefix}/v2/${name}/blobs/uploads/${made}?_state=a%2Fb` });
  }
  const upload = uploads.get(id);
  if (upload === undefined) return end(404);
  const place = (): Record<string, string> => ({
    Location: `${prefix}/v2/${name}/blobs/uploads/${id}?_state=a%2Fb`,
    Range: `0-${Math.max(upload.bytes.length - 1, 0)}`,
  });
  if (request.method === 'GET') return end(204, place());
  const from = Number(/^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1] ?? upload.bytes.length);
  if (from !== upload.bytes.length) return end(416, place());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  upload.bytes = Buffer.concat([upload.bytes, ...chunks]);
  if (request.method === 'PATCH') return end(202, place());
  if (url.searchParams.get('_state') !== 'a/b') return end(400);
  if (digestOf(upload.bytes) !== digest) return end(400);
  contents.blobs.set(`${name}@${digest}`, upload.bytes);
  uploads.delete(id);
  end(201, { 'Docker-Content-Digest': digest });
}

async function manifest({ manifests }: Contents, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  manifests.set(name, { type: request.headers['content-type'] ?? '', bytes });
  response.writeHead(201, { 'Docker-Content-Digest': digestOf(bytes) }).end();
}

/** Faults of uploads. */
export const uploadFaults = {
  /** Take so many bytes of the body, then cut the connection. */
  dieAfter(count: number): Fault {
    return async (request, _response, upload) => {
      for await (const chunk of request) {
        if (upload === undefined) break;
        upload.bytes = Buffer.concat([upload.bytes, (chunk as Buffer).subarray(0, count - upload.bytes.length)]);
        if (upload.bytes.length >= count) break;
      }
      request.socket.destroy();
      return true;
    };
  },
  /** Take nothing, and never answer. */
  silence: (() => true) as Fault,
  status(status: number, headers: Record<string, string> = {}, body = ''): Fault {
    return (request, response) => {
      request.resume();
      response.writeHead(status, headers).end(body);
      return true;
    };
  },
};
