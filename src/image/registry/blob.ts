/** A blob as a stream of bytes that survives broken connections: it goes on by Range from the bytes already given out. */
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor } from '../../model/image.ts';
import { isPassing, isUnreachable } from './failures.ts';
import type { RegistryOptions } from './options.ts';
import { backoff, pause } from './retry.ts';
import type { Answer } from './transport.ts';

/** A connection that carried this much counts as progress: the tries begin anew. */
const PROGRESS = 1 << 20;

export interface BlobSource {
  /** The answer to a GET of the blob, from byte `offset` on where that isn't 0 (the answer may ignore it: status 200). */
  open(offset: number): Promise<Answer>;
  /** `layer 4abcf2066143 of ubuntu:20.04`, for words. */
  what: string;
  /** The connection broke; the next try is in so many milliseconds. */
  onRetry?: ((wait: number) => void) | undefined;
}

/**
 * All bytes of a blob: exactly as many as its descriptor says. The digest is for the caller to check (the store does,
 * while it writes; `readVerified` does).
 * @throws TsrunError NETWORK when it stays broken, REGISTRY when the registry has another length
 */
export async function* streamBlob(
  descriptor: Descriptor,
  source: BlobSource,
  options: RegistryOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size } = descriptor;
  let given = 0;
  let failures = 0;
  while (given < size) {
    const began = given;
    try {
      const answer = await openAgain(source, given, failures);
      for await (const chunk of readFrom(answer, given, size, source.what)) {
        given += chunk.length;
        yield chunk;
      }
      if (given < size)
        throw new Broken(new TsrunError('NETWORK', `${source.what}: ${given} of ${size} bytes came`, { step: 1, call: 'GET' }));
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      failures = given - began >= PROGRESS ? 1 : failures + 1;
      if (failures >= options.times.tries) throw error.reason;
    }
    if (given === size) return;
    const wait = backoff(failures, options.times);
    source.onRetry?.(wait);
    await pause(wait, options);
  }
}

/** The connection ended before its time, and another may go on. */
class Broken extends Error {
  readonly reason: TsrunError;
  constructor(reason: TsrunError) {
    super(reason.message);
    this.reason = reason;
  }
}

/** The source tries patiently by itself; beyond that, a host that was there a moment ago may be restarting. */
async function openAgain(source: BlobSource, offset: number, failures: number): Promise<Answer> {
  try {
    return await source.open(offset);
  } catch (error) {
    throw failures > 0 && isUnreachable(error) ? new Broken(error as TsrunError) : error;
  }
}

/** One connection's bytes, from `offset` on. */
async function* readFrom(answer: Answer, offset: number, size: number, what: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // A registry without ranges gives the whole blob again: what we have is skipped.
    let skip = answer.status === 206 ? 0 : offset;
    checkLength(answer, offset, size, what);
    let left = size - offset;
    for await (const chunk of answer.body()) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
      left -= fresh.length;
      if (left < 0) throw wrongLength(what, `more than ${size}`, size);
      if (fresh.length > 0) yield fresh;
    }
  } catch (error) {
    throw isPassing(error) ? new Broken(error) : error;
  } finally {
    answer.discard();
  }
}

function checkLength(answer: Answer, offset: number, size: number, what: string): void {
  if (answer.status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers['content-range'] ?? '') ?? [];
    if (from === undefined || Number(from) !== offset)
      throw new TsrunError('REGISTRY', `${what}: the registry answered another range than bytes=${offset}-`, { step: 1 });
    if (total !== '*' && Number(total) !== size) throw wrongLength(what, total ?? '', size);
    return;
  }
  const length = answer.headers['content-length'];
  // HTML in place of a blob is nearly always a proxy's or a sign-in page.
  if (/^text\/html\b/.test(answer.headers['content-type'] ?? '') && Number(length) !== size) {
    throw new TsrunError('REGISTRY', `${what}: the registry answered with a web page (HTML)`, {
      step: 1,
      hint: 'a proxy or a sign-in page may stand in between',
    });
  }
  if (length !== undefined && Number(length) !== size) throw wrongLength(what, length, size);
}

function wrongLength(what: string, found: string, size: number): TsrunError {
  return new TsrunError('REGISTRY', `${what}: the registry has ${found} bytes, and the manifest promises ${size}`, {
    step: 1,
    call: 'GET',
  });
}
