/** Lists that a registry gives page by page: tags and repositories. Source: OCI distribution-spec 1.1, "Listing tags". */
import { TsrunError } from '../../model/errors.ts';
import { printableUrl } from './failures.ts';
import { readText } from './read.ts';
import { resolveLocation } from './redirects.ts';
import type { Session } from './session.ts';

/** Entries that are asked for in a page; a registry may give fewer. */
const PAGE = 1000;
const LONGEST_PAGE = 16 << 20;
/** A registry that goes on beyond this is no list for a person. */
const MOST_PAGES = 10_000;

/**
 * The texts in `field` of every page of `v2/<rest>`, page by page.
 * @throws TsrunError REGISTRY when a page isn't one; as Session.call
 */
export async function* listPages(session: Session, rest: string, field: string): AsyncGenerator<string[], void, undefined> {
  let url: URL | undefined = session.url(`${rest}?n=${PAGE}`);
  for (let page = 0; url !== undefined; page++) {
    if (page === MOST_PAGES) throw new TsrunError('REGISTRY', `${printableUrl(url)}: more than ${MOST_PAGES} pages`, { step: 1 });
    const answer = await session.call({ method: 'GET', url, expect: [200] });
    yield readList(await readText(answer, LONGEST_PAGE), field, url);
    const next = nextPage(answer.headers['link'], url);
    // One that leads to itself would go on for ever.
    url = next?.href === url.href ? undefined : next;
  }
}

function readList(text: string, field: string, url: URL): string[] {
  const wrong = (what: string): TsrunError => new TsrunError('REGISTRY', `${printableUrl(url)}: the answer is ${what}`, { step: 1 });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(/^\s*</.test(text) ? 'a web page (HTML), not a list' : 'not JSON');
  }
  const list = (value as Record<string, unknown> | null)?.[field] ?? [];
  if (!Array.isArray(list)) throw wrong(`not a list of ${field}`);
  return list.filter((entry) => typeof entry === 'string');
}

/** Of `Link: </v2/…>; rel="next"`; at this registry only. Source: RFC 8288. */
function nextPage(link: string | string[] | undefined, url: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec([link ?? ''].flat().join(','))?.[1];
  if (target === undefined) return undefined;
  const next = resolveLocation(target, { method: 'GET', url });
  if (next.origin === url.origin) return next;
  throw new TsrunError('REGISTRY', `${printableUrl(url)}: the next page is at another host (${next.host})`, { step: 1 });
}
