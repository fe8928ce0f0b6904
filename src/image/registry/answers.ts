/**
 * Registry answers that say no, as errors in Docker's words. Source: OCI distribution-spec 1.1 (error codes), and the
 * messages of Docker's client and daemon. Pure.
 */
import { TsrunError, type ErrorCode } from '../../model/errors.ts';
import { oneLine } from '../../model/printable.ts';
import { parseChallenges } from './challenge.ts';

/** What an answer said, its body read. */
export interface Refusal {
  method: string;
  status: number;
  statusText: string;
  /** WWW-Authenticate */
  challenge: string | undefined;
  /** At most some kilobytes of the body. */
  body: string;
  /** Without query. */
  url: string;
}

interface RegistryProblem {
  /** `MANIFEST_UNKNOWN` */
  code: string;
  message: string;
}

/** The familiar forms of the reference that was asked for. */
export interface AskedFor {
  /** `ubuntu` */
  repository: string;
  /** `ubuntu:20.04` */
  reference: string;
  /** What is being done: Docker's daemon explains refused pulls, and passes on the rest as the registry said it. */
  action: 'pull' | 'push' | 'look';
}

/** Messages where a registry gives only the code. */
const DEFAULT_MESSAGES: Record<string, string> = {
  DENIED: 'requested access to the resource is denied',
  UNAUTHORIZED: 'authentication required',
  MANIFEST_UNKNOWN: 'manifest unknown',
  NAME_UNKNOWN: 'repository name not known to registry',
  BLOB_UNKNOWN: 'blob unknown to registry',
  TOOMANYREQUESTS: 'too many requests',
};

/** The error for a refused request. */
export function refusalError(refusal: Refusal, asked: AskedFor): TsrunError {
  const problem = problemOf(refusal);
  const details = { step: 1 as const, call: refusal.method, path: refusal.url };
  if (problem === undefined) {
    return new TsrunError('REGISTRY', wordsWithoutProblem(refusal), details);
  }
  const said = `${problem.code.toLowerCase().replaceAll('_', ' ')}: ${problem.message}`;
  if (asked.action !== 'pull') return new TsrunError(codeFor(problem.code, refusal.status), said, details);
  switch (problem.code) {
    case 'DENIED':
      return new TsrunError(
        'UNAUTHORIZED',
        `pull access denied for ${asked.repository}, repository does not exist or may require 'docker login': ${said}`,
        {
          ...details,
          hint: 'check the name; for a private image, log in first: tsrun login',
        },
      );
    case 'MANIFEST_UNKNOWN':
      return new TsrunError('NOT_FOUND', `manifest for ${asked.reference} not found: ${said}`, details);
    case 'NAME_UNKNOWN':
      return new TsrunError('NOT_FOUND', `repository ${asked.repository} not found: ${said}`, details);
    default:
      return new TsrunError(codeFor(problem.code, refusal.status), said, details);
  }
}

/** 429 and what servers say when they are overloaded or restarted. */
export function isPassingStatus(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505);
}

/** Milliseconds of a `Retry-After` (seconds or a date); undefined when there is none that can be read. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

function codeFor(code: string, status: number): ErrorCode {
  if (code === 'UNAUTHORIZED' || status === 401 || status === 403) return 'UNAUTHORIZED';
  return code === 'BLOB_UNKNOWN' ? 'NOT_FOUND' : 'REGISTRY';
}

/** A bearer challenge tells first (RFC 6750), then the body, then the status alone. */
function problemOf(refusal: Refusal): RegistryProblem | undefined {
  if (refusal.status >= 500) return undefined;
  const bearer = parseChallenges(refusal.challenge).find(({ scheme }) => scheme === 'bearer')?.parameters;
  if (bearer?.['error'] === 'insufficient_scope') return problem('DENIED', bearer['error_description']);
  if (bearer?.['error'] === 'invalid_token') return problem('UNAUTHORIZED', bearer['error_description']);
  const listed = problemInBody(refusal.body);
  if (listed !== undefined) return listed;
  if (refusal.status === 401) return problem('UNAUTHORIZED', undefined);
  if (refusal.status === 403) return problem('DENIED', undefined);
  if (refusal.status === 429) return problem('TOOMANYREQUESTS', undefined);
  return undefined;
}

/** `{"errors":[{"code","message"}]}`; a message of a stranger is shortened and loses its control characters. */
function problemInBody(body: string): RegistryProblem | undefined {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] };
    const first = errors?.[0];
    if (typeof first?.code !== 'string' || !/^\w+$/.test(first.code)) return undefined;
    return problem(
      first.code.toUpperCase(),
      typeof first.message === 'string' && first.message !== '' ? printable(first.message) : undefined,
    );
  } catch {
    return undefined;
  }
}

function problem(code: string, message: string | undefined): RegistryProblem {
  return { code, message: message === undefined ? (DEFAULT_MESSAGES[code] ?? 'no message') : printable(message) };
}

function wordsWithoutProblem(refusal: Refusal): string {
  const status = `${refusal.status} ${printable(refusal.statusText)}`.trim();
  if (refusal.status >= 500) return `received unexpected HTTP status: ${status}`;
  if (/^\s*</.test(refusal.body))
    return `error parsing HTTP ${refusal.status} response body: ${refusal.url} answered with a web page (HTML); is it a registry?`;
  return `unexpected HTTP status ${status} of ${refusal.url}`;
}

const LONGEST_WORDS = 400;

const printable = (text: string): string => oneLine(text).slice(0, LONGEST_WORDS);
