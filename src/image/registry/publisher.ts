/**
 * A registry, as one repository of it is written: blobs and manifests. Source: OCI distribution-spec 1.1 ("push"). Loaded
 * only when something is pushed.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { familiarName, familiarRepository, type Reference } from '../reference/reference.ts';
import { findEndpoint, openSessions } from './connect.ts';
import type { RegistryOptions } from './options.ts';
import { hasBlob, locationOf, uploadBlob, type BlobContent, type UploadSource } from './upload.ts';

export interface Publisher {
  has(blob: BlobContent): Promise<boolean>;
  /**
   * Have a blob of another repository of this registry.
   * @returns `mounted`; or where its bytes may be sent, where the registry began an upload instead; undefined: neither
   */
  mount(digest: Digest, from: string): Promise<'mounted' | URL | undefined>;
  /** As `uploadBlob`. */
  upload(source: UploadSource, more: { what: string; location?: URL | undefined; onRetry?: (wait: number) => void }): Promise<BlobContent>;
  /** Put a manifest under a tag. */
  putManifest(tag: string, bytes: Uint8Array, mediaType: string, digest: Digest): Promise<void>;
  /** End all connections. */
  close(): void;
}

/**
 * Find the registry of `reference`, which answers, to write to its repository.
 * @throws TsrunError NETWORK, REGISTRY
 */
export async function openPublisher(reference: Reference, options: RegistryOptions): Promise<Publisher> {
  const { path } = reference;
  const asked = { repository: familiarRepository(reference), reference: familiarName(reference), action: 'push' } as const;
  // A mirror is for reading.
  const sessions = openSessions(reference.domain, options, { mirrors: [], asked, scopes: [`repository:${path}:pull,push`] });
  try {
    const session = await findEndpoint(sessions);
    return {
      has: (blob) => hasBlob(session, path, blob),
      async mount(digest, from) {
        const url = session.url(`${path}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`);
        const call = { method: 'POST', url } as const;
        try {
          const answer = await session.call({ ...call, expect: [201, 202] });
          if (answer.status === 202) return locationOf(answer, call);
          answer.discard();
          return 'mounted';
        } catch (error) {
          // That repository may be another's, or gone: then the bytes are sent.
          if (error instanceof TsrunError && ['UNAUTHORIZED', 'NOT_FOUND', 'REGISTRY'].includes(error.code)) return undefined;
          throw error;
        }
      },
      upload: (source, more) => uploadBlob(session, source, { path, options, ...more }),
      async putManifest(tag, bytes, mediaType, digest) {
        const url = session.url(`${path}/manifests/${tag}`);
        const headers = { 'Content-Type': mediaType };
        const answer = await session.call({ method: 'PUT', url, headers, body: bytes, expect: [200, 201, 202] });
        answer.discard();
        const named = answer.headers['docker-content-digest'];
        if (typeof named === 'string' && named.startsWith('sha256:') && named !== digest) {
          throw new TsrunError('DIGEST_MISMATCH', `the registry keeps the manifest of ${path}:${tag} as ${named}, and it is ${digest}`, {
            step: 1,
            call: 'PUT',
          });
        }
      },
      close: sessions.close,
    };
  } catch (error) {
    sessions.close();
    throw error;
  }
}
