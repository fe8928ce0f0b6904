/** Following redirects. A proof goes to the host it is for and to no other, and an encrypted way is never left. */
import { TsrunError } from '../../model/errors.ts';
import { printableUrl } from './failures.ts';
import type { Answer, Request, Transport } from './transport.ts';

const MOST_REDIRECTS = 10;

/**
 * Send a request, and again to where its answer says.
 * @throws TsrunError REGISTRY for a redirect that can't be followed; as the transport
 */
export async function follow(transport: Transport, first: Request): Promise<Answer> {
  let request = first;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await transport.send(request);
    const location = isRedirect(answer.status, request.method) ? answer.headers.location : undefined;
    if (location === undefined) return answer;
    answer.discard();
    const next = resolveLocation(location, request);
    const { Authorization: proof, ...others } = request.headers;
    const keeps = proof !== undefined && next.origin === first.url.origin && request.url.origin === first.url.origin;
    request = { ...request, url: next, headers: keeps ? { ...others, Authorization: proof } : others };
  }
  throw badRedirect(first, `more than ${MOST_REDIRECTS} times`);
}

/** What isn't a GET is sent elsewhere only where the answer says that it stays what it is (RFC 9110, 15.4). */
function isRedirect(status: number, method: Request['method']): boolean {
  return status === 307 || status === 308 || ((method === 'GET' || method === 'HEAD') && [301, 302, 303].includes(status));
}

/**
 * The URL of a `Location`, which may be relative to that of the request.
 * @throws TsrunError REGISTRY when it is none, or would leave https
 */
export function resolveLocation(location: string, request: Pick<Request, 'method' | 'url'>): URL {
  const next = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (next === undefined || !['http:', 'https:'].includes(next.protocol)) throw badRedirect(request, 'to something that is no http(s) URL');
  if (request.url.protocol === 'https:' && next.protocol === 'http:') throw badRedirect(request, `from https to http (${next.host})`);
  next.username = '';
  next.password = '';
  return next;
}

function badRedirect({ method, url }: Pick<Request, 'method' | 'url'>, how: string): TsrunError {
  return new TsrunError('REGISTRY', `${printableUrl(url)} redirects ${how}`, { step: 1, call: method, path: printableUrl(url) });
}
