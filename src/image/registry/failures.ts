/** What went wrong on the way to a registry, in Docker's (Go's) words. Never a query, a header or a password in them. */
import { TsrunError, isTsrunError } from '../../model/errors.ts';

/** Worth another try: the connection broke or stalled. (The resolver has tried for itself before it says EAI_AGAIN.) */
const PASSING = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'HPE_INVALID_EOF_STATE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Whether trying again may help. */
export function isPassing(error: unknown): error is TsrunError {
  return isTsrunError(error, 'NETWORK') && error.errno !== undefined && PASSING.has(error.errno);
}

/** Whether the host itself can't be reached: that passes only where it was reached a moment ago (it restarts). */
export function isUnreachable(error: unknown): boolean {
  return isTsrunError(error, 'NETWORK') && ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'].includes(error.errno ?? '');
}

/** A URL fit to be printed: queries of signed URLs are secrets. */
export function printableUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** An error of `node:http` in our form. Errors that are ours already, and aborts, stay what they are. */
export function transportFailure(method: string, url: URL, error: unknown): Error {
  if (error instanceof TsrunError) return error;
  const causes = causesOf(error);
  const cause = causes.at(-1) as NodeJS.ErrnoException;
  if (cause.name === 'AbortError') return cause;
  // A server that hangs up on our hello doesn't speak TLS: trying the same again is in vain.
  const code = /before secure TLS connection/.test(cause.message) ? 'EPROTO' : (cause.code ?? 'UNKNOWN');
  // As Go's client writes it.
  const verb = `${method[0] ?? ''}${method.slice(1).toLowerCase()}`;
  // Where not even a connection came about, the registry as a whole is meant: Docker asks for /v2/ first, and names that.
  const named = NO_CONNECTION.has(code) && url.pathname.startsWith('/v2/') ? new URL('/v2/', url) : url;
  return new TsrunError('NETWORK', `${verb} "${printableUrl(named)}": ${wordsFor(code, cause, url)}`, {
    step: 1,
    call: method,
    path: printableUrl(url),
    errno: code,
    hint: hintFor(code, url),
    cause: new Error(`${code} ${cause.syscall ?? ''}`.trim()),
  });
}

/** A host with several addresses fails once for each. */
function causesOf(error: unknown): unknown[] {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
}

type SocketError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string; reason?: string };

function wordsFor(code: string, cause: SocketError, url: URL): string {
  const host =
    cause.address === undefined ? url.host : `${cause.address.includes(':') ? `[${cause.address}]` : cause.address}:${cause.port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${host}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${host}: connect: network is unreachable`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${cause.hostname ?? url.hostname}: no such host`;
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${cause.hostname ?? url.hostname}: the name service gives no answer`;
    case 'ETIMEDOUT':
      return cause.syscall === 'connect' ? `dial tcp ${host}: i/o timeout` : `timeout: ${cause.message}`;
    case 'ECONNRESET':
      return 'the connection broke off (EOF)';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`;
    default:
      if (UNKNOWN_AUTHORITY.has(code)) return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
      if (/wrong version number|packet length too long|unknown protocol/.test(cause.message))
        return 'http: server gave HTTP response to HTTPS client';
      if (/before secure TLS connection/.test(cause.message)) return 'the TLS handshake broke off (EOF)';
      if (code.startsWith('HPE_')) return 'the answer is not HTTP';
      if (code.startsWith('ERR_PROXY')) return 'the proxy of the environment refused the connection';
      return `${code}: ${/:SSL routines:[^:]*:([^:]+):/.exec(cause.message)?.[1] ?? cause.syscall ?? 'failed'}`;
  }
}

const UNKNOWN_AUTHORITY = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

const NO_CONNECTION = new Set([
  ...UNKNOWN_AUTHORITY,
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPROTO',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function hintFor(code: string, url: URL): string | undefined {
  if (UNKNOWN_AUTHORITY.has(code))
    return `put its authority's certificate at /etc/tsrun/certs.d/${url.host}/ca.crt, or run with --insecure-registry ${url.host}`;
  if (code === 'EPROTO') return `if the registry speaks plain HTTP, run with --insecure-registry ${url.host}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check the name, and the name service of this host';
  if (code === 'ECONNREFUSED') return 'nothing listens there; check host and port';
  return undefined;
}
