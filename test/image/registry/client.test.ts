import test, { type ExecutionContext } from 'ava';
import { openRegistry, type RegistryClient } from '../../../src/image/registry/client.ts';
import { registryOptions, type RegistryOptions } from '../../../src/image/registry/options.ts';
import { parseReference } from '../../../src/image/reference/parse.ts';
import { isTsrunError, type ErrorCode } from '../../../src/model/errors.ts';
import type { Descriptor } from '../../../src/model/image.ts';
import { digestOf, faults, startFakeRegistry, type FakeRegistry } from '../../helpers/registry-fake.ts';

const BYTES = Buffer.alloc(300_000, 'some bytes of a layer ');
const BLOB: Descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(BYTES), size: BYTES.length };
const BLOB_PATH = `x/blobs/${BLOB.digest}`;
const MANIFEST = Buffer.from('{"schemaVersion":2}');

type Given = Partial<Omit<RegistryOptions, 'times'>> & { times?: Partial<RegistryOptions['times']> };

function clientFor(t: ExecutionContext, name: string, given: Given = {}): RegistryClient {
  const times = { answer: 120_000, stall: 120_000, tries: 3, firstWait: 5, longestWait: 2000, ...given.times };
  const client = openRegistry(parseReference(name), registryOptions({ environment: {}, certificateDirectories: [], ...given, times }));
  t.teardown(() => client.close());
  return client;
}

async function start(t: ExecutionContext, options: Parameters<typeof startFakeRegistry>[1] = {}): Promise<FakeRegistry> {
  const registry = await startFakeRegistry(t, options);
  registry.put(BLOB_PATH, { type: 'application/octet-stream', bytes: BYTES });
  registry.put('x/manifests/latest', { type: 'application/vnd.oci.image.manifest.v1+json', bytes: MANIFEST });
  return registry;
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function fails(t: ExecutionContext, code: ErrorCode, message: RegExp | string, work: () => Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work());
  t.true(isTsrunError(error, code), `${(error as { code?: string }).code}: ${error.message}`);
  if (typeof message === 'string') t.is(error.message, message);
  else t.regex(error.message, message);
}

test('a manifest over plain HTTP on the loopback, after HTTPS was tried', async (t) => {
  const registry = await start(t);
  const manifest = await clientFor(t, `${registry.host}/x`).manifest('latest');
  t.deepEqual(Buffer.from(manifest.bytes), MANIFEST);
  t.is(manifest.digest, digestOf(MANIFEST));
  t.regex(registry.requests[0]?.headers.accept ?? '', /oci\.image\.index\.v1.*manifest\.v2\+json/);
});

test('a blob, whole', async (t) => {
  const registry = await start(t);
  t.true((await collect(clientFor(t, `${registry.host}/x`).stream(BLOB))).equals(BYTES));
});

test('a blob whose connection breaks goes on from the bytes that came', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.dieAfter(70_000), 2);
  const waits: number[] = [];
  t.true((await collect(clientFor(t, `${registry.host}/x`).stream(BLOB, (wait) => waits.push(wait)))).equals(BYTES));
  t.deepEqual(
    registry.requests.map(({ headers }) => headers.range),
    [undefined, 'bytes=70000-', 'bytes=140000-'],
  );
  t.is(waits.length, 2);
});

test('a registry without ranges: what came is skipped', async (t) => {
  const registry = await start(t, { withoutRanges: true });
  registry.fault(/blobs/, faults.dieAfter(70_000));
  t.true((await collect(clientFor(t, `${registry.host}/x`).stream(BLOB))).equals(BYTES));
});

test('a stalled blob is taken up again', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.stall(1000));
  t.true((await collect(clientFor(t, `${registry.host}/x`, { times: { stall: 3000 } }).stream(BLOB))).equals(BYTES));
  t.is(registry.requests[1]?.headers.range, 'bytes=1000-');
});

test('a slow reader is not a stall', async (t) => {
  const registry = await start(t);
  let size = 0;
  for await (const chunk of clientFor(t, `${registry.host}/x`, { times: { stall: 4000 } }).stream(BLOB)) {
    if (size === 0) await new Promise((resolve) => setTimeout(resolve, 9000));
    size += chunk.length;
  }
  t.is(size, BYTES.length);
  t.is(registry.requests.length, 1);
});

test('a blob that never gets on fails', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.dieAfter(10), 99);
  await fails(t, 'NETWORK', /broke off/, () => collect(clientFor(t, `${registry.host}/x`).stream(BLOB)));
  t.is(registry.requests.length, 3);
});

test('no answer at all', async (t) => {
  const registry = await start(t);
  registry.fault(/manifests/, faults.silence, 99);
  const client = clientFor(t, `${registry.host}/x`, { times: { answer: 2000, tries: 1 } });
  // On a busy machine the try over TLS may last as long.
  await fails(t, 'NETWORK', /^Get "https?:.*\/v2\/x\/manifests\/latest": timeout: no answer for 2 s$/, () => client.manifest('latest'));
});

test('wrong lengths', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.cutTo(100));
  await fails(t, 'REGISTRY', /the registry has 100 bytes, and the manifest promises 300000/, () =>
    collect(clientFor(t, `${registry.host}/x`).stream(BLOB)),
  );
  registry.fault(/blobs/, faults.tooLong);
  await fails(t, 'REGISTRY', /more than 300000 bytes/, () => collect(clientFor(t, `${registry.host}/x`).stream(BLOB)));
});

test('altered bytes', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.altered);
  const client = clientFor(t, `${registry.host}/x`);
  await fails(t, 'DIGEST_MISMATCH', `image config verification failed for digest ${BLOB.digest}`, () => client.readVerified(BLOB, 1 << 20));
  await fails(t, 'CORRUPT', /at most 10 are allowed/, () => client.readVerified(BLOB, 10));
});

test('an altered manifest, asked for by digest', async (t) => {
  const registry = await start(t);
  registry.put(`x/manifests/${digestOf(MANIFEST)}`, { type: 'application/json', bytes: MANIFEST });
  registry.fault(/manifests/, faults.altered);
  const client = clientFor(t, `${registry.host}/x`);
  await fails(t, 'DIGEST_MISMATCH', `manifest verification failed for digest ${digestOf(MANIFEST)}`, () =>
    client.manifest(digestOf(MANIFEST)),
  );
});

test('429 and 5xx are tried again, Retry-After is obeyed', async (t) => {
  const registry = await start(t);
  registry.fault(/manifests/, faults.refusal(429, 'TOOMANYREQUESTS', 'slow down', { 'Retry-After': '1' }));
  registry.fault(/manifests/, faults.status(503));
  const began = Date.now();
  await clientFor(t, `${registry.host}/x`).manifest('latest');
  t.true(Date.now() - began >= 990);
  t.is(registry.requests.length, 3);
});

test('a registry that asks for a very long wait is not waited for', async (t) => {
  const registry = await start(t);
  registry.fault(/manifests/, faults.refusal(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.', { 'Retry-After': '3600' }));
  await fails(t, 'REGISTRY', 'toomanyrequests: You have reached your pull rate limit.', () =>
    clientFor(t, `${registry.host}/x`).manifest('latest'),
  );
});

test('what registries refuse, in Docker words', async (t) => {
  const registry = await start(t);
  const client = clientFor(t, `${registry.host}/x`);
  const name = `${registry.host}/x`;
  const expect = async (fault: (typeof faults)['silence'], code: ErrorCode, message: string | RegExp): Promise<void> => {
    registry.fault(/manifests/, fault, 3);
    await fails(t, code, message, () => client.manifest('latest'));
  };
  await fails(t, 'NOT_FOUND', `manifest for ${name}:latest not found: manifest unknown: manifest unknown`, () => client.manifest('nosuch'));
  registry.fault(/manifests/, faults.refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry'));
  await fails(t, 'NOT_FOUND', `repository ${name} not found: name unknown: repository name not known to registry`, () =>
    client.manifest('latest'),
  );
  registry.fault(/manifests/, faults.refusal(403, 'DENIED', 'requested access to the resource is denied'));
  await fails(
    t,
    'UNAUTHORIZED',
    `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    () => client.manifest('latest'),
  );
  registry.fault(/manifests/, faults.html(404));
  await fails(t, 'REGISTRY', /^error parsing HTTP 404 response body: .* web page \(HTML\)/, () => client.manifest('latest'));
  await expect(faults.status(500), 'REGISTRY', 'received unexpected HTTP status: 500 Internal Server Error');
});

test('a web page instead of a blob', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.html(200));
  await fails(t, 'REGISTRY', /web page \(HTML\)/, () => collect(clientFor(t, `${registry.host}/x`).stream(BLOB)));
});

test('a redirect of a blob to another host carries no proof', async (t) => {
  const storage = await startFakeRegistry(t);
  storage.put('elsewhere', { type: 'application/octet-stream', bytes: BYTES });
  const registry = await start(t, {
    guard(request, response) {
      if (request.headers.authorization === 'Basic dTpw') return false;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  registry.fault(
    /blobs/,
    faults.redirect(() => `${storage.url}/v2/elsewhere?signature=secret`),
    9,
  );
  const home = await import('../../helpers/registry-login.ts');
  const environment = home.dockerConfig(t, { auths: { [registry.host]: { auth: 'dTpw' } } });
  t.true((await collect(clientFor(t, `${registry.host}/x`, { environment }).stream(BLOB))).equals(BYTES));
  t.is(storage.requests[0]?.headers.authorization, undefined);
  t.is(registry.requests.at(-1)?.headers.authorization, 'Basic dTpw');
});

test('redirects without end, and to nowhere', async (t) => {
  const registry = await start(t);
  registry.fault(
    /manifests/,
    faults.redirect((path) => path),
    99,
  );
  await fails(t, 'REGISTRY', /redirects more than 10 times/, () => clientFor(t, `${registry.host}/x`).manifest('latest'));
  const other = await start(t);
  other.fault(
    /manifests/,
    faults.redirect(() => 'file:///etc/passwd'),
  );
  await fails(t, 'REGISTRY', /redirects to something that is no http\(s\) URL/, () => clientFor(t, `${other.host}/x`).manifest('latest'));
});

test('nobody listens, and a name that does not exist', async (t) => {
  await fails(t, 'NETWORK', 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', () =>
    clientFor(t, '127.0.0.1:1/x').manifest('latest'),
  );
  await fails(t, 'NETWORK', /dial tcp: lookup registry\.invalid: (?:no such host|the name service gives no answer)/, () =>
    clientFor(t, 'registry.invalid/x', { times: { tries: 1 } }).manifest('latest'),
  );
});

test('a mirror is asked first for docker.io, and left when it fails', async (t) => {
  const empty = await startFakeRegistry(t);
  const mirror = await startFakeRegistry(t);
  mirror.put('library/x/manifests/latest', { type: 'application/json', bytes: MANIFEST });
  const client = clientFor(t, 'x', { mirrors: [empty.url, `${mirror.url}/`] });
  t.deepEqual(Buffer.from((await client.manifest('latest')).bytes), MANIFEST);
  t.is(empty.requests.length, 1);
  await client.manifest('latest');
  t.is(empty.requests.length, 1, 'the mirror that answered is asked first next time');
  t.throws(() => clientFor(t, 'x', { mirrors: ['https://u:geheim@mirror'] }), { message: /^(?!.*geheim).*invalid mirror/ });
});

test('an abort ends a download at once', async (t) => {
  const registry = await start(t);
  registry.fault(/blobs/, faults.stall(1000));
  const controller = new AbortController();
  const client = clientFor(t, `${registry.host}/x`, { signal: controller.signal, times: { stall: 600_000 } });
  setTimeout(() => controller.abort(), 50);
  const began = Date.now();
  const error = await t.throwsAsync(collect(client.stream(BLOB)));
  t.is(error.name, 'AbortError');
  t.true(Date.now() - began < 300_000);
});

test('a proxy of the environment is used, except for what NO_PROXY names', async (t) => {
  const proxy = await startFakeRegistry(t);
  proxy.fault(/./, (request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ asked: request.url }));
  });
  const options = { environment: { HTTP_PROXY: proxy.url }, insecureRegistries: ['registry.test'], times: { tries: 1 } };
  const { bytes } = await clientFor(t, 'registry.test/x', options).manifest('latest');
  t.deepEqual(JSON.parse(Buffer.from(bytes).toString()), { asked: 'http://registry.test/v2/x/manifests/latest' });
});

test('a connection that the registry closed meanwhile is no failure', async (t) => {
  const registry = await start(t);
  const client = clientFor(t, `${registry.host}/x`, { times: { tries: 1 } });
  await client.manifest('latest');
  registry.fault(/manifests/, (request) => void request.socket.destroy());
  t.deepEqual(Buffer.from((await client.manifest('latest')).bytes), MANIFEST);
  t.is(registry.requests.length, 3);
});

test('a mirror that has the manifest only, and never hears who we are at the registry', async (t) => {
  const first = await start(t, {
    guard(request, response) {
      t.is(request.headers.authorization, undefined);
      if (!(request.url ?? '').includes('/blobs/')) return false;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="mirror"' }).end();
      return true;
    },
  });
  const second = await start(t);
  for (const each of [first, second]) each.put('library/x/manifests/latest', { type: 'application/json', bytes: MANIFEST });
  second.put(`library/${BLOB_PATH}`, { type: '', bytes: BYTES });
  const { dockerConfig } = await import('../../helpers/registry-login.ts');
  const environment = dockerConfig(t, { auths: { 'https://index.docker.io/v1/': { auth: btoa('me:secret') } } });
  const client = clientFor(t, 'x', { mirrors: [first.url, second.url], environment });
  await client.manifest('latest');
  t.true((await collect(client.stream(BLOB))).equals(BYTES));
  t.is(first.requests.length, 2);
});
