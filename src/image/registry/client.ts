/**
 * A registry, as one repository of it is read: manifests and blobs, from the first endpoint that has them. Source: OCI
 * distribution-spec 1.1 ("pull"). Loaded only when something is pulled.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor, Digest } from '../../model/image.ts';
import { shortId } from '../../model/short-id.ts';
import { TAG } from '../reference/grammar.ts';
import { familiarName, familiarRepository, type Reference } from '../reference/reference.ts';
import { digestOf } from '../store/blobs.ts';
import type { AskedFor } from './answers.ts';
import { streamBlob } from './blob.ts';
import { askEach, openSessions } from './connect.ts';
import { isPassing } from './failures.ts';
import { ACCEPTED_MANIFESTS } from './media-types.ts';
import { listPages } from './pages.ts';
import type { RegistryOptions } from './options.ts';
import { readBytes } from './read.ts';
import { backoff, pause } from './retry.ts';
import type { Session } from './session.ts';
import type { Answer } from './transport.ts';

/** The spec's limit: registries needn't take longer ones. */
const LONGEST_MANIFEST = 4 << 20;

export interface FetchedManifest {
  bytes: Uint8Array;
  /** Of the bytes: checked against what was asked for. */
  digest: Digest;
  contentType: string | undefined;
}

export interface RegistryClient {
  /** The manifest or index under a tag or digest. */
  manifest(tagOrDigest: string): Promise<FetchedManifest>;
  /** The repository's tags, as the registry has them. */
  tags(): Promise<string[]>;
  /** A small blob, whole and verified. */
  readVerified(descriptor: Descriptor, limit: number): Promise<Uint8Array>;
  /** A blob's bytes, resumed when the connection breaks; the digest is for the reader to check. */
  stream(descriptor: Descriptor, onRetry?: (wait: number) => void): AsyncGenerator<Uint8Array, void, undefined>;
  /** End all connections. */
  close(): void;
}

/**
 * A client for the repository of `reference`. Nothing is sent yet.
 * @throws TsrunError INVALID_ARGUMENT for a mirror that is no URL
 */
export function openRegistry(reference: Reference, options: RegistryOptions): RegistryClient {
  const { path } = reference;
  const asked: AskedFor = { repository: familiarRepository(reference), reference: familiarName(reference), action: 'pull' };
  const { sessions, close } = openSessions(reference.domain, options, {
    mirrors: options.mirrors,
    asked,
    scopes: [`repository:${path}:pull`],
  });
  // Endpoints that failed are tried after the one that answered.
  let order: Session[] = sessions;
  const firstOf = async (ask: (session: Session) => Promise<Answer>): Promise<Answer> => {
    const found = await askEach(order, ask);
    order = [found.session, ...sessions.filter((session) => session !== found.session)];
    return found.answer;
  };

  /** A manifest whose connection breaks is asked for anew; what `get` gave up on stays given up. */
  const fetchWhole = async (asked: string): Promise<{ answer: Answer; bytes: Uint8Array }> => {
    for (let tried = 1; ; tried++) {
      const answer = await firstOf((session) => session.get(`${path}/manifests/${asked}`, { Accept: ACCEPTED_MANIFESTS }));
      try {
        return { answer, bytes: await readBytes(answer, LONGEST_MANIFEST) };
      } catch (error) {
        if (!isPassing(error) || tried >= options.times.tries) throw error;
        await pause(backoff(tried, options.times), options);
      }
    }
  };

  const client: RegistryClient = {
    async manifest(asked) {
      const { answer, bytes } = await fetchWhole(asked);
      const digest = digestOf(bytes);
      const promised = asked.startsWith('sha256:') ? asked : answer.headers['docker-content-digest'];
      if (typeof promised === 'string' && promised.startsWith('sha256:') && promised !== digest) {
        throw mismatch(`manifest verification failed for digest ${promised}`, digest);
      }
      return { bytes, digest, contentType: answer.headers['content-type'] };
    },
    async tags() {
      const list = async (session: Session): Promise<string[]> => {
        const all: string[] = [];
        for await (const tags of listPages(session, `${path}/tags/list`, 'tags')) all.push(...tags.filter((tag) => TAG.test(tag)));
        return all;
      };
      return (await askEach(order, list)).answer;
    },
    async readVerified(descriptor, limit) {
      if (descriptor.size > limit) {
        throw new TsrunError(
          'CORRUPT',
          `blob ${descriptor.digest} of ${familiarName(reference)} is ${descriptor.size} bytes long, and at most ${limit} are allowed`,
          { step: 1 },
        );
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of client.stream(descriptor)) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const digest = digestOf(bytes);
      if (digest !== descriptor.digest) throw mismatch(`image config verification failed for digest ${descriptor.digest}`, digest);
      return bytes;
    },
    stream(descriptor, onRetry) {
      const open = (offset: number): Promise<Answer> =>
        firstOf((session) => session.get(`${path}/blobs/${descriptor.digest}`, offset === 0 ? {} : { Range: `bytes=${offset}-` }));
      const what = `blob ${shortId(descriptor.digest)} of ${familiarName(reference)}`;
      return streamBlob(descriptor, { open, what, onRetry }, options);
    },
    close,
  };
  return client;
}

function mismatch(message: string, found: Digest): TsrunError {
  return new TsrunError('DIGEST_MISMATCH', message, {
    step: 1,
    hint: `the bytes that came hash to ${found}; something between the registry and here, or the registry itself, altered them`,
  });
}
