/** Reading image references: part by part, so that an error can say which part is wrong, and every part that is. */
import { cut } from '../../model/cut.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Digest } from '../../model/image.ts';
import { ANY_DIGEST, DOMAIN, LONGEST_PATH, PATH_COMPONENT, SHA256_DIGEST, TAG, WHOLE_IMAGE_ID } from './grammar.ts';
import { DEFAULT_DOMAIN, DEFAULT_TAG, OFFICIAL_FOLDER, type Reference } from './reference.ts';

/**
 * Parse a reference as Docker does: `ubuntu` is `docker.io/library/ubuntu:latest`.
 * @throws TsrunError INVALID_REFERENCE in Docker's words; its hint names each part that is wrong.
 */
export function parseReference(text: string): Reference {
  const reference = parseWithoutDefaultTag(text);
  if (reference.tag === undefined && reference.digest === undefined) return { ...reference, tag: DEFAULT_TAG };
  return reference;
}

/** As `parseReference`, without adding `latest`: for `images REPOSITORY` and for filters. @throws TsrunError INVALID_REFERENCE */
export function parseWithoutDefaultTag(text: string): Reference {
  if (WHOLE_IMAGE_ID.test(text)) {
    throw invalid(text, `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`, [
      'this looks like an image ID; to name an image by its ID, write sha256: before it',
    ]);
  }
  const { domain, remainder } = splitDomain(text);
  const { path, tag, digest } = splitTagAndDigest(remainder);

  const lowered = path.toLowerCase();
  const complaints = [
    ...complainAboutDomain(domain),
    ...complainAboutCase(domain, path),
    ...complainAboutPath(lowered),
    ...complainAboutTag(tag),
    ...complainAboutDigest(digest),
  ];
  if (complaints.length > 0) throw invalid(text, formatMessage(path, digest), complaints);
  if (path.length > LONGEST_PATH) {
    throw invalid(text, `repository name must not be more than ${LONGEST_PATH} characters`, [`this one has ${path.length}`]);
  }
  return {
    domain,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: digest as Digest }),
  };
}

/** What is before the first slash is a host if it has a dot or a port, is `localhost`, or could not be a folder's name. */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const given = isHost ? first : DEFAULT_DOMAIN;
  const remainder = isHost ? text.slice(slash + 1) : text;
  // Docker's older name for its Hub.
  const domain = given === 'index.docker.io' ? DEFAULT_DOMAIN : given;
  const isOfficial = domain === DEFAULT_DOMAIN && !remainder.includes('/');
  return { domain, remainder: isOfficial ? `${OFFICIAL_FOLDER}/${remainder}` : remainder };
}

interface Parts {
  path: string;
  tag: string | undefined;
  digest: string | undefined;
}

/** `path[:tag][@digest]`: a path has neither `:` nor `@`, so that the first of each decides. */
function splitTagAndDigest(remainder: string): Parts {
  const [named, digest] = cut(remainder, '@');
  const [path, tag] = cut(named, ':');
  return { path, tag, digest };
}

function complainAboutDomain(domain: string): string[] {
  return DOMAIN.test(domain) ? [] : [`${quote(domain)} is not a host name with an optional port`];
}

function complainAboutCase(domain: string, path: string): string[] {
  const lowered = path.toLowerCase();
  return path === lowered ? [] : [`write ${quote(withoutImpliedFolder(domain, lowered))} for ${quote(withoutImpliedFolder(domain, path))}`];
}

function complainAboutPath(path: string): string[] {
  return path
    .split('/')
    .filter((component) => !PATH_COMPONENT.test(component))
    .map((component) =>
      component === ''
        ? 'a part of the repository name is empty'
        : `${quote(component)} in the repository name may hold only a-z and 0-9, with one of . _ __ or dashes between them`,
    );
}

function complainAboutTag(tag: string | undefined): string[] {
  if (tag === undefined || TAG.test(tag)) return [];
  return [`the tag ${quote(tag)} must be 1 to 128 of A-Z, a-z, 0-9, _ . - and begin with none of . -`];
}

function complainAboutDigest(digest: string | undefined): string[] {
  if (digest === undefined || SHA256_DIGEST.test(digest)) return [];
  return [`the digest ${quote(digest)} must be sha256: and 64 hex digits`];
}

/** Docker's words: capitals first; and a digest that isn't one is told from a digest that can't be checked. */
function formatMessage(path: string, digest: string | undefined): string {
  if (path !== path.toLowerCase()) return `invalid reference format: repository name (${quote(path).slice(1, -1)}) must be lowercase`;
  if (digest === undefined || !ANY_DIGEST.test(digest) || SHA256_DIGEST.test(digest)) return 'invalid reference format';
  const algorithm = digest.slice(0, digest.indexOf(':'));
  if (algorithm === 'sha256') return digest.length === 71 ? 'invalid reference format' : 'invalid checksum digest length';
  return 'unsupported digest algorithm';
}

function withoutImpliedFolder(domain: string, path: string): string {
  const prefix = `${OFFICIAL_FOLDER}/`;
  return domain === DEFAULT_DOMAIN && path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** Control characters must not reach a terminal; very long parts are shortened. */
function quote(part: string): string {
  const shown = part.length > 80 ? `${part.slice(0, 77)}...` : part;
  return JSON.stringify(shown);
}

function invalid(text: string, message: string, complaints: string[]): TsrunError {
  return new TsrunError('INVALID_REFERENCE', message, { step: 1, path: text, hint: `in ${quote(text)}: ${complaints.join('; ')}` });
}
