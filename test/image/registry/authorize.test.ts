import test, { type ExecutionContext } from 'ava';
import { openRegistry, type RegistryClient } from '../../../src/image/registry/client.ts';
import { registryOptions } from '../../../src/image/registry/options.ts';
import { parseReference } from '../../../src/image/reference/parse.ts';
import { digestOf, faults, startFakeRegistry, type FakeRegistry } from '../../helpers/registry-fake.ts';
import { dockerConfig } from '../../helpers/registry-login.ts';

const BYTES = Buffer.alloc(100_000, 'layer');
const BLOB = { mediaType: 'm', digest: digestOf(BYTES), size: BYTES.length };

interface TokenBench {
  registry: FakeRegistry;
  tokens: FakeRegistry;
  /** Tokens that the registry takes now. */
  valid: Set<string>;
  client(environment?: Record<string, string>): RegistryClient;
}

/** A registry behind a token server, which takes anyone, or only me:secret. */
async function start(t: ExecutionContext, options: { needsLogin?: boolean; isOverloaded?: boolean } = {}): Promise<TokenBench> {
  const tokens = await startFakeRegistry(t);
  const valid = new Set<string>();
  let given = 0;
  if (options.isOverloaded === true) tokens.fault(/token/, faults.status(503, { 'Retry-After': '0' }));
  tokens.fault(
    /token/,
    (request, response) => {
      const isMe = request.headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
      if (options.needsLogin === true && !isMe && request.method === 'GET') {
        response.writeHead(401).end();
        return;
      }
      const token = `token-${++given}`;
      valid.add(token);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ token, expires_in: 60 }));
    },
    999,
  );
  const registry = await startFakeRegistry(t, {
    guard(request, response) {
      const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      if (valid.has(token)) return false;
      const error = token === '' ? '' : ',error="invalid_token"';
      const challenge = `Bearer realm="${tokens.url}/token",service="test",scope="repository:x:pull"${error}`;
      response
        .writeHead(401, { 'WWW-Authenticate': challenge })
        .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return true;
    },
  });
  registry.put('x/manifests/latest', { type: 'application/json', bytes: Buffer.from('{}') });
  registry.put(`x/blobs/${BLOB.digest}`, { type: '', bytes: BYTES });
  const client = (environment: Record<string, string> = {}): RegistryClient => {
    const times = { answer: 120_000, stall: 120_000, tries: 3, firstWait: 5 };
    const opened = openRegistry(parseReference(`${registry.host}/x`), registryOptions({ environment, certificateDirectories: [], times }));
    t.teardown(() => opened.close());
    return opened;
  };
  return { registry, tokens, valid, client };
}

test('an anonymous token is fetched when it is asked for, and used for all that follows', async (t) => {
  const b = await start(t);
  const client = b.client();
  await client.manifest('latest');
  await client.readVerified(BLOB, 1 << 20);
  t.deepEqual(
    b.tokens.requests.map(({ path }) => path),
    ['/token'],
  );
  t.is(b.tokens.requests[0]?.headers.authorization, undefined);
  t.is(b.registry.requests.length, 3);
});

test('an expired token is renewed, once for all downloads', async (t) => {
  const b = await start(t);
  const client = b.client();
  await client.manifest('latest');
  b.valid.clear();
  await Promise.all([1, 2, 3].map(() => client.readVerified(BLOB, 1 << 20)));
  t.is(b.tokens.requests.length, 2);
});

test('with a login the token server hears who we are, and the registry never does', async (t) => {
  const b = await start(t, { needsLogin: true });
  const auth = Buffer.from('me:secret').toString('base64');
  await b.client(dockerConfig(t, { auths: { [b.registry.host]: { auth } } })).manifest('latest');
  t.is(b.tokens.requests[0]?.headers.authorization, `Basic ${auth}`);
  t.false(b.registry.requests.some(({ headers }) => headers.authorization?.startsWith('Basic') === true));
});

test('a wrong password, in Docker words and without the password', async (t) => {
  const b = await start(t, { needsLogin: true });
  const auth = Buffer.from('me:geheim').toString('base64');
  const error = await t.throwsAsync(b.client(dockerConfig(t, { auths: { [b.registry.host]: { auth } } })).manifest('latest'));
  t.is(error.message, `Get "${b.tokens.url}/token": unauthorized: incorrect username or password`);
  t.false(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('geheim'));
});

test('a refresh token is posted', async (t) => {
  const b = await start(t, { needsLogin: true });
  await b.client(dockerConfig(t, { auths: { [b.registry.host]: { identitytoken: 'refresh-me' } } })).manifest('latest');
  t.is(b.tokens.requests[0]?.method, 'POST');
});

test('a token that is never good enough ends in words, not in a circle', async (t) => {
  const b = await start(t);
  b.valid.add = () => b.valid;
  const error = await t.throwsAsync(b.client().manifest('latest'));
  t.is(error.message, 'unauthorized: authentication required');
  t.true(b.registry.requests.length <= 3);
});

test('basic without a login', async (t) => {
  const registry = await startFakeRegistry(t, {
    guard(_request, response) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  const client = openRegistry(parseReference(`${registry.host}/x`), registryOptions({ environment: { DOCKER_CONFIG: '/nonexistent' } }));
  t.teardown(() => client.close());
  const error = await t.throwsAsync(client.manifest('latest'));
  t.is(error.message, `Get "${registry.url}/v2/": no basic auth credentials`);
});

test('a token server that is overloaded is waited for', async (t) => {
  const b = await start(t, { isOverloaded: true });
  await b.client().manifest('latest');
  t.is(b.tokens.requests.length, 2);
});
