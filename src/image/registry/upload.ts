/**
 * One blob on its way into a registry, over broken connections: after each, the registry is asked what it has, and the
 * upload goes on from there. Source: OCI distribution-spec 1.1, "Pushing blobs"; bytes go as one stream, as Docker sends them.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { isPassingStatus, retryAfter } from './answers.ts';
import { isPassing, isUnreachable, printableUrl } from './failures.ts';
import type { RegistryOptions } from './options.ts';
import { resolveLocation } from './redirects.ts';
import { backoff, pause } from './retry.ts';
import type { Call, Session } from './session.ts';
import type { Answer } from './transport.ts';

/** What is in a blob. */
export interface BlobContent {
  digest: Digest;
  size: number;
}

/** Where a blob's bytes come from, as often as they are asked for. */
export interface UploadSource {
  /** What it is, where that is known before the bytes were made; for certain once they were. */
  content(): BlobContent | undefined;
  /** All bytes from `offset` on. Throws TsrunError. */
  open(offset: number): AsyncIterable<Uint8Array>;
}

export interface UploadOptions {
  /** `library/ubuntu` */
  path: string;
  /** `layer 4abcf2066143`, for words. */
  what: string;
  options: RegistryOptions;
  /** An upload that was begun already. */
  location?: URL | undefined;
  /** The connection broke; the next try is in so many milliseconds. */
  onRetry?: ((wait: number) => void) | undefined;
}

/** Up to here a blob goes in one request with its digest. */
const SMALL = 1 << 20;
/** A connection that carried this much counts as progress: the tries begin anew. */
const PROGRESS = 1 << 20;

/**
 * Send a blob.
 * @returns what the registry has now
 * @throws TsrunError NETWORK when it stays broken, REGISTRY and UNAUTHORIZED as the registry says; what the source throws
 */
export async function uploadBlob(session: Session, source: UploadSource, upload: UploadOptions): Promise<BlobContent> {
  const { options } = upload;
  // Undefined: it begins (anew) with the next try.
  let place: Place | undefined = upload.location === undefined ? undefined : { location: upload.location, offset: 0 };
  let failures = 0;
  for (;;) {
    const began = place?.offset ?? 0;
    let stop: Interrupted;
    try {
      place ??= { location: await beginUpload(session, upload.path), offset: 0 };
      if (!isComplete(source, place) && !isSmall(source, place)) place = await sendBytes(session, source, place, upload);
      if (isComplete(source, place) || isSmall(source, place)) return await finish(session, source, place, options.times.commit);
      // The registry took a part only, and says so: that is no failure while it gets on.
      if (place.offset > began) continue;
      stop = new Interrupted(new TsrunError('REGISTRY', `${upload.what}: the registry takes no bytes`, { step: 1, call: 'PATCH' }));
    } catch (error) {
      stop = interruption(error, failures);
    }
    if (place !== undefined) place = await lookAfter(session, source, place);
    const content = source.content();
    // Our last word may have come through, and only the answer was lost.
    if (place === undefined && content !== undefined && (await hasBlob(session, upload.path, content))) return content;
    failures = place !== undefined && place.offset - began >= PROGRESS ? 1 : failures + 1;
    if (failures >= options.times.tries) throw stop.reason;
    const wait = Math.min(stop.wait ?? backoff(failures, options.times), options.times.longestWait);
    upload.onRetry?.(wait);
    await pause(wait, options);
  }
}

/** Whether the registry has a blob. @throws TsrunError UNAUTHORIZED; NETWORK */
export async function hasBlob(session: Session, path: string, { digest, size }: BlobContent): Promise<boolean> {
  const answer = await session.call({ method: 'HEAD', url: session.url(`${path}/blobs/${digest}`), expect: [200, 404] });
  answer.discard();
  const length = answer.headers['content-length'];
  // One of another length can't be it, whatever it calls itself.
  return answer.status === 200 && (length === undefined || Number(length) === size);
}

/** Where an upload is. */
interface Place {
  location: URL;
  /** Bytes that the registry has. */
  offset: number;
}

/** The upload stopped, and may go on. */
class Interrupted extends Error {
  readonly reason: TsrunError;
  readonly wait: number | undefined;
  constructor(reason: TsrunError, wait?: number) {
    super(reason.message);
    this.reason = reason;
    this.wait = wait;
  }
}

/** @throws what doesn't pass */
function interruption(error: unknown, failures: number): Interrupted {
  if (error instanceof Interrupted) return error;
  if (isPassing(error) || (failures > 0 && isUnreachable(error))) return new Interrupted(error as TsrunError);
  throw error;
}

function isComplete(source: UploadSource, { offset }: Place): boolean {
  return source.content()?.size === offset;
}

function isSmall(source: UploadSource, { offset }: Place): boolean {
  return offset === 0 && (source.content()?.size ?? Infinity) <= SMALL;
}

/** POST: begin an upload. @returns where its bytes go */
export async function beginUpload(session: Session, path: string): Promise<URL> {
  const call = { method: 'POST', url: session.url(`${path}/blobs/uploads/`) } as const;
  return locationOf(await session.call({ ...call, expect: [202] }), call);
}

/** Where an upload goes on. Drops the answer's body. @throws TsrunError REGISTRY */
export function locationOf(answer: Answer, call: Pick<Call, 'method' | 'url'>): URL {
  answer.discard();
  const { location } = answer.headers;
  if (location !== undefined) return resolveLocation(location, { method: call.method, url: answer.url });
  throw new TsrunError('REGISTRY', `${printableUrl(call.url)}: the registry doesn't say where the upload goes (no Location)`, {
    step: 1,
    call: call.method,
  });
}

/** PATCH: everything from the offset on. */
async function sendBytes(session: Session, source: UploadSource, place: Place, upload: UploadOptions): Promise<Place> {
  const size = source.content()?.size;
  const { location: url, offset } = place;
  const range = size === undefined ? {} : { 'Content-Range': `${offset}-${size - 1}` };
  const call = { method: 'PATCH', url } as const;
  const answer = await session.call({
    ...call,
    headers: { 'Content-Type': 'application/octet-stream', ...range },
    body: { length: size === undefined ? undefined : size - offset, open: () => source.open(offset) },
    answer: upload.options.times.commit,
    expect: [202, 404, 416],
    once: true,
  });
  if (answer.status !== 202) throw await interruptedBy(session, answer, 'PATCH');
  const total = source.content()?.size;
  if (total === undefined) throw new TsrunError('REGISTRY', `${upload.what}: the registry answered before it had all bytes`, { step: 1 });
  const taken = takenOf(answer) ?? total;
  return { location: locationOf(answer, call), offset: Math.min(taken, total) };
}

async function interruptedBy(session: Session, answer: Answer, method: string): Promise<Interrupted> {
  return new Interrupted(await session.refusal(answer, method), retryAfter(answer.headers['retry-after'], Date.now()));
}

/** Bytes that the registry has, by its `Range: 0-N`; undefined: it doesn't say. `0-0` is what registries say of nothing, too. */
function takenOf(answer: Answer): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers['range'] ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}

/** PUT: that was all, and this is its digest. A small blob comes with it. */
async function finish(session: Session, source: UploadSource, place: Place, patience: number): Promise<BlobContent> {
  const content = source.content();
  if (content === undefined) throw new TsrunError('INTERNAL', 'an upload ended before its bytes were made');
  const { location } = place;
  const url = new URL(location);
  // By hand: URLSearchParams would write the registry's own parameters anew.
  url.search = `${location.search}${location.search === '' ? '?' : '&'}digest=${encodeURIComponent(content.digest)}`;
  const left = content.size - place.offset;
  const answer = await session.call({
    method: 'PUT',
    url,
    headers: { 'Content-Type': 'application/octet-stream' },
    ...(left === 0 ? {} : { body: { length: left, open: () => source.open(place.offset) } }),
    answer: patience,
    expect: [200, 201, 204, 404, 416],
    once: true,
  });
  if (isPassingStatus(answer.status) || answer.status === 404 || answer.status === 416) throw await interruptedBy(session, answer, 'PUT');
  answer.discard();
  return content;
}

/**
 * After an interruption: what has the registry?
 * @returns where to go on; undefined: begin anew
 */
async function lookAfter(session: Session, source: UploadSource, place: Place): Promise<Place | undefined> {
  try {
    const call = { method: 'GET', url: place.location } as const;
    const answer = await session.call({ ...call, expect: [200, 204] });
    const taken = takenOf(answer);
    const location = answer.headers.location === undefined ? place.location : locationOf(answer, call);
    const size = source.content()?.size ?? Infinity;
    return taken === undefined || taken > size ? undefined : { location, offset: taken };
  } catch (error) {
    // It doesn't know the upload (any more), or doesn't tell.
    if (error instanceof TsrunError && ['NOT_FOUND', 'REGISTRY', 'NETWORK'].includes(error.code)) return undefined;
    throw error;
  }
}
