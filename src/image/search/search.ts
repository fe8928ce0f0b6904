/** Looking for images at a registry: by its search API (Docker's, version 1), else in the list of what it has. */
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import { oneLine } from '../../model/printable.ts';
import { PATH_COMPONENT } from '../reference/grammar.ts';
import { askEach, openSessions } from '../registry/connect.ts';
import { printableUrl } from '../registry/failures.ts';
import type { RegistryOptions } from '../registry/options.ts';
import { listPages } from '../registry/pages.ts';
import { readText } from '../registry/read.ts';
import type { Session } from '../registry/session.ts';

export interface SearchResult {
  name: string;
  description: string;
  stars: number;
  isOfficial: boolean;
  isAutomated: boolean;
}

/** Docker Hub is searched at another host than it is pulled from. */
const HUB_INDEX = 'index.docker.io';
const LONGEST_ANSWER = 8 << 20;
/** Refusals that mean: there is no such API here. */
const WITHOUT_API = [404, 405, 501];

/**
 * @param term words, with the registry's host before them where it isn't Docker Hub: `localhost:5000/app`
 * @param limit results at most
 * @returns the most starred first
 * @throws TsrunError INVALID_ARGUMENT, REGISTRY, UNAUTHORIZED, NETWORK
 */
export async function searchImages(term: string, limit: number, options: RegistryOptions): Promise<SearchResult[]> {
  const { domain, words } = splitTerm(term);
  const asked = { repository: words, reference: words, action: 'look' } as const;
  const sessions = openSessions(domain, options, { mirrors: [], asked, scopes: ['registry:catalog:*'] });
  try {
    const { session, answer } = await askEach(sessions.sessions, (each) => askIndex(each, words, limit));
    if (answer !== undefined) return answer.toSorted((left, right) => right.stars - left.stars);
    return await searchCatalog(session, domain, words, limit);
  } finally {
    sessions.close();
  }
}

/** As Docker's daemon: what is before the first slash is a host if it could be one. */
function splitTerm(term: string): { domain: string; words: string } {
  if (term.includes('://')) {
    throw new TsrunError('INVALID_ARGUMENT', 'Invalid repository name (ex: "registry.domain.tld/myrepos")', { path: term });
  }
  const slash = term.indexOf('/');
  const first = term.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost';
  if (!isHost) return { domain: HUB_INDEX, words: term };
  return { domain: first === 'docker.io' ? HUB_INDEX : first, words: term.slice(slash + 1) };
}

/** Undefined: the registry has no search API. */
async function askIndex(session: Session, words: string, limit: number): Promise<SearchResult[] | undefined> {
  const url = new URL('v1/search', session.endpoint.base);
  // The Hub keeps its official images without their folder's name.
  url.searchParams.set('q', words.replace(/^library\//, ''));
  url.searchParams.set('n', String(limit));
  const answer = await session.call({ method: 'GET', url, expect: [200, ...WITHOUT_API] });
  if (answer.status !== 200) {
    answer.discard();
    return undefined;
  }
  return readResults(await readText(answer, LONGEST_ANSWER), url);
}

function readResults(text: string, url: URL): SearchResult[] {
  let results: unknown;
  try {
    ({ results } = JSON.parse(text) as { results?: unknown });
  } catch {
    throw new TsrunError('REGISTRY', `${printableUrl(url)}: the answer is ${/^\s*</.test(text) ? 'a web page (HTML)' : 'not JSON'}`);
  }
  if (!Array.isArray(results)) throw new TsrunError('REGISTRY', `${printableUrl(url)}: the answer holds no results`);
  return results.flatMap((each: unknown) => {
    const {
      name,
      description,
      star_count: stars,
      is_official: official,
      is_automated: automated,
    } = (each ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') return [];
    return {
      name: oneLine(name),
      description: typeof description === 'string' ? oneLine(description) : '',
      stars: typeof stars === 'number' && Number.isFinite(stars) ? Math.trunc(stars) : 0,
      isOfficial: official === true,
      isAutomated: automated === true,
    };
  });
}

/** Without an API: every repository whose name holds the words. */
async function searchCatalog(session: Session, domain: string, words: string, limit: number): Promise<SearchResult[]> {
  const found: SearchResult[] = [];
  try {
    for await (const names of listPages(session, '_catalog', 'repositories')) {
      for (const name of names) {
        if (!name.includes(words.toLowerCase()) || !name.split('/').every((part) => PATH_COMPONENT.test(part))) continue;
        found.push({ name: `${domain}/${name}`, description: '', stars: 0, isOfficial: false, isAutomated: false });
        if (found.length === limit) return found;
      }
    }
    return found;
  } catch (error) {
    if (!isTsrunError(error, 'REGISTRY') && !isTsrunError(error, 'UNAUTHORIZED')) throw error;
    throw new TsrunError(error.code, `${domain} has no search API, and doesn't list its repositories: ${error.message}`, {
      hint: 'a registry may keep its list for itself; pull what you know the name of',
      cause: error,
    });
  }
}
