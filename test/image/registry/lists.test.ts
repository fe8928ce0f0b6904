/** What comes in pages, and what a search finds: from registries that are well made and from others. */
import test, { type ExecutionContext } from 'ava';
import { parseReference } from '../../../src/image/reference/parse.ts';
import { openRegistry } from '../../../src/image/registry/client.ts';
import { registryOptions, type RegistryOptions } from '../../../src/image/registry/options.ts';
import { searchImages } from '../../../src/image/search/search.ts';
import { isTsrunError, type ErrorCode } from '../../../src/model/errors.ts';
import { faults, startFakeRegistry, type FakeRegistry } from '../../helpers/registry-fake.ts';

const OPTIONS: RegistryOptions = registryOptions({
  environment: { DOCKER_CONFIG: '/nonexistent' },
  certificateDirectories: [],
  times: { tries: 2, firstWait: 5, answer: 120_000 },
});
const json = (value: unknown): { type: string; bytes: Buffer } => ({ type: 'application/json', bytes: Buffer.from(JSON.stringify(value)) });

function tagsOf(t: ExecutionContext, registry: FakeRegistry): Promise<string[]> {
  const client = openRegistry(parseReference(`${registry.host}/x`), OPTIONS);
  t.teardown(() => client.close());
  return client.tags();
}

async function fails(t: ExecutionContext, code: ErrorCode, message: RegExp, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work);
  t.true(isTsrunError(error, code), `${(error as { code?: string }).code}: ${error.message}`);
  t.regex(error.message, message);
}

/** Answer `pages` by the query's `last`, each with a link to the next. */
function paginate(registry: FakeRegistry, path: RegExp, pages: object[], link: (next: number) => string): void {
  registry.fault(
    path,
    (request, response) => {
      const page = Number(/last=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
      const headers = page + 1 < pages.length ? { Link: link(page + 1) } : {};
      response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(pages[page]));
    },
    99,
  );
}

test('tags come page by page; what is no tag is passed over', async (t) => {
  const registry = await startFakeRegistry(t);
  const pages = [{ tags: ['1', '2'] }, { tags: ['../evil', 3, '\u001B[31m', 'ok'] }, { tags: null }];
  paginate(registry, /tags\/list/, pages, (next) => `</v2/x/tags/list?n=2&last=${next}>; rel="next"`);
  t.deepEqual(await tagsOf(t, registry), ['1', '2', 'ok']);
  t.is(registry.requests.length, 3);
});

test('a next page at another host, one that is the same again, and answers that are no list', async (t) => {
  const other = await startFakeRegistry(t);
  const away = await startFakeRegistry(t);
  paginate(away, /tags/, [{ tags: [] }, { tags: [] }], () => `<${other.url}/v2/x/tags/list>; rel="next"`);
  await fails(t, 'REGISTRY', /the next page is at another host/, tagsOf(t, away));
  t.is(other.requests.length, 0);
  const circle = await startFakeRegistry(t);
  circle.fault(/tags/, (request, response) => {
    response.writeHead(200, { Link: `<${request.url}>; rel=next` }).end('{"tags":["1"]}');
  });
  t.deepEqual(await tagsOf(t, circle), ['1']);
  const page = await startFakeRegistry(t);
  page.fault(/tags/, faults.html(200));
  await fails(t, 'REGISTRY', /web page \(HTML\)/, tagsOf(t, page));
  page.put('x/tags/list', json({ tags: 'all' }));
  await fails(t, 'REGISTRY', /not a list of tags/, tagsOf(t, page));
});

test('a search by the API: the most starred first, fit for a terminal', async (t) => {
  const registry = await startFakeRegistry(t);
  registry.fault(/v1\/search/, (request, response) => {
    t.is(request.url, '/v1/search?q=app&n=7');
    const results = [
      { name: 'some/app', description: 'first\nline \u001B[31m', star_count: 2, is_official: false, is_automated: true },
      { name: 'app', description: 'official', star_count: 90, is_official: true, is_automated: false },
      { nameless: true },
      { name: 'odd', description: null, star_count: 'many' },
    ];
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ results }));
  });
  t.deepEqual(await searchImages(`${registry.host}/app`, 7, OPTIONS), [
    { name: 'app', description: 'official', stars: 90, isOfficial: true, isAutomated: false },
    { name: 'some/app', description: 'first line  [31m', stars: 2, isOfficial: false, isAutomated: true },
    { name: 'odd', description: '', stars: 0, isOfficial: false, isAutomated: false },
  ]);
});

test('a search in the list of a registry without the API', async (t) => {
  const registry = await startFakeRegistry(t);
  const pages = [{ repositories: ['app/one', 'other'] }, { repositories: ['my-app', 'App/bad', 'app/\u0007'] }];
  paginate(registry, /_catalog/, pages, (next) => `<_catalog?last=${next}>; rel="next"`);
  const names = async (limit: number): Promise<string[]> =>
    (await searchImages(`${registry.host}/APP`, limit, OPTIONS)).map(({ name }) => name);
  t.deepEqual(await names(25), [`${registry.host}/app/one`, `${registry.host}/my-app`]);
  t.deepEqual(await names(1), [`${registry.host}/app/one`]);
  const closed = await startFakeRegistry(t);
  closed.fault(/_catalog/, faults.refusal(401, 'UNAUTHORIZED', 'access to the requested resource is not authorized'));
  await fails(
    t,
    'UNAUTHORIZED',
    /has no search API, and doesn't list its repositories: unauthorized:/,
    searchImages(`${closed.host}/x`, 5, OPTIONS),
  );
});
