/** What an image reference is, as plain data, and the ways to print it. On the start path: no imports that cost. */
import type { Digest } from '../../model/image.ts';

/** The registry that a reference without a host means. */
export const DEFAULT_DOMAIN = 'docker.io';
/** The folder of Docker Hub's official images. */
export const OFFICIAL_FOLDER = 'library';
export const DEFAULT_TAG = 'latest';

/** A parsed reference, normalized: `ubuntu` is docker.io, library/ubuntu, latest. */
export interface Reference {
  /** The registry's host, with the port where one was given: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** The repository's path at its registry: `library/ubuntu`. */
  readonly path: string;
  /** Given, or `latest` where neither tag nor digest were. */
  readonly tag?: string;
  readonly digest?: Digest;
}

/** `docker.io/library/ubuntu` */
export function repositoryName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/**
 * The one name an image is kept under: `docker.io/library/ubuntu:20.04`, or `…@sha256:…` where a digest was given
 * (a digest says more than a tag, so that the tag beside it isn't kept).
 */
export function canonicalName(reference: Reference): string {
  if (reference.digest !== undefined) return `${repositoryName(reference)}@${reference.digest}`;
  return `${repositoryName(reference)}:${reference.tag ?? DEFAULT_TAG}`;
}

/** The repository as people write it: `ubuntu`, `someone/app`, `localhost:5000/app`. */
export function familiarRepository(reference: Reference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return repositoryName(reference);
  const [folder, ...rest] = reference.path.split('/');
  if (folder === OFFICIAL_FOLDER && rest.length === 1 && rest[0] !== undefined) return rest[0];
  // Docker prints `a.b/c` for docker.io/a.b/c, which names another registry when it is typed.
  const looksLikeHost = rest.length > 0 && (folder === 'localhost' || folder?.includes('.') === true);
  return looksLikeHost ? repositoryName(reference) : reference.path;
}

/** The whole reference as people write it: `ubuntu:20.04`, `ubuntu@sha256:…`, `ubuntu:20.04@sha256:…`. */
export function familiarName(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${familiarRepository(reference)}${tag}${digest}`;
}

/** The tag or the digest: what a registry is asked for. */
export function tagOrDigest(reference: Reference): string {
  return reference.digest ?? reference.tag ?? DEFAULT_TAG;
}
