import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { PushEvent } from '../../../src/model/push-event.ts';
import { createRenderer } from '../../../src/image/progress/renderer.ts';
import { pushImage } from '../../../src/image/push/push.ts';
import { parseReference, parseWithoutDefaultTag } from '../../../src/image/reference/parse.ts';
import { imageNames, putName } from '../../../src/image/store/images.ts';
import type { Store } from '../../../src/image/store/ingest-types.ts';
import { isTsrunError, type ErrorCode } from '../../../src/model/errors.ts';
import type { Image } from '../../../src/model/image.ts';
import { ingestImage, openTestStore, sha256, type TestLayer } from '../../helpers/image-store.ts';
import { startFakeRegistry } from '../../helpers/registry-fake.ts';
import { makeTar } from '../../helpers/registry-images.ts';
import { startWritableRegistry, uploadFaults, type WritableOptions, type WritableRegistry } from '../../helpers/registry-writable.ts';
import { rootTest } from '../../helpers/root.ts';

const TIMES = { answer: 120_000, stall: 120_000, tries: 3, firstWait: 5, longestWait: 2000 };
/** More than goes in one request. */
const BIG = makeTar({ 'big/file': randomBytes(3 << 19) });
const BIG_BLOB = gzipSync(BIG);
/** More than the buffers of a connection hold. */
const HUGE = makeTar({ 'huge/file': Buffer.alloc(24 << 20, 'huge ') });
const SMALL = makeTar({ 'etc/small': 'content' });

interface Bench {
  store: Store;
  registry: WritableRegistry;
  image: Image;
  /** Push `127.0.0.1:PORT/<name>`. @returns what a pipe would show */
  push(name: string): Promise<string>;
  name(name: string): void;
  events: PushEvent[];
}

/** An image that is here as `app:1` of a registry that is there. */
async function bench(
  t: ExecutionContext,
  layers: readonly TestLayer[],
  options: WritableOptions = {},
  times: Partial<typeof TIMES> = {},
): Promise<Bench> {
  const store = openTestStore(t);
  const registry = await startWritableRegistry(t, options);
  const events: PushEvent[] = [];
  const name = (text: string): string => `${registry.host}/${text}`;
  const image = await ingestImage(store, layers, { names: [name('app:1')] });
  return {
    store,
    registry,
    image,
    events,
    name: (text) => putName(store, name(text), image.id),
    async push(text) {
      events.length = 0;
      const given = { environment: {}, certificateDirectories: [], times: { ...TIMES, ...times } };
      const signal = new AbortController().signal;
      await pushImage(store, parseWithoutDefaultTag(name(text)), { signal, registry: given }, (event) => events.push(event));
      return events.map(createRenderer({ terminal: false, columns: () => 80 })).join('');
    },
  };
}

async function fails(t: ExecutionContext, code: ErrorCode, message: RegExp, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work);
  t.true(isTsrunError(error, code), `${(error as { code?: string }).code}: ${error.message}`);
  t.regex(error.message, message);
}

const short = (tar: Uint8Array): string => sha256(tar).slice(7, 19);
/** The whole blob that the registry has of the one layer. */
const blobOf = (b: Bench, name = 'app'): Buffer | undefined =>
  [...b.registry.blobs].filter(([key]) => key.startsWith(`${name}@`)).map(([, bytes]) => bytes)[0];

rootTest('plain tars become gzip blobs under a Docker manifest, in Docker words; the second push sends nothing', async (t) => {
  const b = await bench(t, [{ tar: SMALL }, { tar: BIG }]);
  const text = await b.push('app:1');
  const made = b.registry.manifests.get('app:1');
  t.is(made?.type, 'application/vnd.docker.distribution.manifest.v2+json');
  const digest = sha256(made?.bytes ?? Buffer.alloc(0));
  const lines = text.split('\n');
  t.is(lines[0], `The push refers to repository [${b.registry.host}/app]`);
  t.deepEqual(lines.slice(1, 3), [`${short(BIG)}: Preparing`, `${short(SMALL)}: Preparing`]);
  t.deepEqual(lines.slice(3, 5).toSorted(), [`${short(BIG)}: Pushed`, `${short(SMALL)}: Pushed`].toSorted());
  t.is(lines[5], `1: digest: ${digest} size: ${made?.bytes.length}`);
  const { layers, config } = JSON.parse(made?.bytes.toString() ?? '') as {
    config: { digest: string };
    layers: { mediaType: string; digest: string; size: number }[];
  };
  t.is(config.digest, b.image.id);
  for (const [index, tar] of [SMALL, BIG].entries()) {
    const layer = layers[index];
    const blob = b.registry.blobs.get(`app@${layer?.digest}`);
    t.true(blob !== undefined && gunzipSync(blob).equals(tar));
    t.is(layer?.size, blob?.length);
    t.is(layer?.mediaType, 'application/vnd.docker.image.rootfs.diff.tar.gzip');
  }
  t.true(imageNames(b.store, b.image.id).includes(`${b.registry.host}/app@${digest}`));

  b.registry.asked.length = 0;
  const again = await b.push('app:1');
  t.true(again.includes(`${short(BIG)}: Layer already exists\n`));
  t.true(again.endsWith(`1: digest: ${digest} size: ${made?.bytes.length}\n`));
  t.deepEqual(
    b.registry.asked.filter((line) => /^(?:POST|PATCH)/.test(line)),
    [],
  );
});

rootTest('what came compressed goes as it came: the same manifest, the same digest', async (t) => {
  const b = await bench(t, [
    { tar: SMALL, blob: gzipSync(SMALL) },
    { tar: BIG, blob: BIG_BLOB },
  ]);
  const text = await b.push('app:1');
  t.true(text.includes(`1: digest: ${b.image.manifestDigest} size: `));
  t.true(b.registry.blobs.get(`app@${sha256(BIG_BLOB)}`)?.equals(BIG_BLOB));
});

rootTest('another repository of the registry has the blobs: they are mounted', async (t) => {
  const b = await bench(t, [{ tar: BIG }]);
  await b.push('app:1');
  b.name('other/app:2');
  b.registry.asked.length = 0;
  t.true((await b.push('other/app:2')).includes(`${short(BIG)}: Mounted from app\n`));
  t.false(b.registry.asked.some((line) => line.startsWith('PATCH')));
  // Where the registry has it no more, an upload begins with the same request.
  b.name('third/app:3');
  b.registry.blobs.clear();
  t.true((await b.push('third/app:3')).includes(`${short(BIG)}: Pushed\n`));
  // Where it doesn't let us have it, too.
  b.name('fourth:4');
  b.registry.fault('POST', /mount=/, uploadFaults.status(403), 99);
  t.true((await b.push('fourth:4')).includes(`${short(BIG)}: Pushed\n`));
  t.is(b.registry.manifests.size, 4);
});

rootTest('every tag of a repository, and what there is not', async (t) => {
  const b = await bench(t, [{ tar: SMALL }]);
  b.name('app:2');
  const text = await b.push('app');
  t.regex(text, /1: digest: .*\n.*: Preparing\n.*: Layer already exists\n2: digest: /);
  await fails(t, 'NOT_FOUND', /^tag does not exist: .*\/app:3$/, b.push('app:3'));
  await fails(t, 'NOT_FOUND', /^An image does not exist locally with the tag: .*\/nosuch$/, b.push('nosuch:1'));
  await t.throwsAsync(() => Promise.resolve().then(() => b.push(`app@${b.image.manifestDigest}`)), {
    message: 'cannot push a digest reference',
  });
});

for (const compressed of [false, true]) {
  const how = compressed ? 'a blob' : 'a tar that is compressed on its way';
  const layer = compressed ? { tar: BIG, blob: BIG_BLOB } : { tar: BIG };

  rootTest(`${how}: after a broken connection the upload goes on from what the registry has`, async (t) => {
    const b = await bench(t, [layer]);
    b.registry.fault('PATCH', /./, uploadFaults.dieAfter(300_000));
    b.registry.fault('PATCH', /./, uploadFaults.dieAfter(1_400_000));
    const text = await b.push('app:1');
    t.true(text.includes(`${short(BIG)}: Retrying in 1 second\n`));
    t.true(gunzipSync(blobOf(b) ?? '').equals(BIG));
    t.is(b.registry.asked.filter((line) => line.startsWith('POST')).length, 2, 'one for the layer, one for the config');
    t.is(b.registry.asked.filter((line) => line.startsWith('GET /v2/app/blobs/uploads')).length, 2);
    if (!compressed) return;
    const ranges = b.registry.requests.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers['content-range']);
    const last = BIG_BLOB.length - 1;
    t.deepEqual(ranges, [`0-${last}`, `300000-${last}`, `1400000-${last}`]);
  });
}

rootTest('a registry that forgot the upload gets it anew; one that is overloaded is waited for', async (t) => {
  const b = await bench(t, [{ tar: BIG, blob: BIG_BLOB }]);
  b.registry.fault('PATCH', /./, uploadFaults.status(404));
  b.registry.fault('GET', /uploads/, uploadFaults.status(404));
  b.registry.fault('PATCH', /./, uploadFaults.status(503, { 'Retry-After': '1' }));
  const began = Date.now();
  await b.push('app:1');
  t.true(Date.now() - began >= 990);
  t.true(blobOf(b)?.equals(BIG_BLOB));
});

rootTest('the last word was heard, and only the answer was lost', async (t) => {
  const b = await bench(t, [{ tar: BIG, blob: BIG_BLOB }]);
  b.registry.fault('PUT', /uploads/, (request) => {
    b.registry.blobs.set(`app@${sha256(BIG_BLOB)}`, BIG_BLOB);
    request.socket.destroy();
    return true;
  });
  b.registry.fault('GET', /uploads/, uploadFaults.status(404));
  await b.push('app:1');
  t.is(b.registry.asked.filter((line) => line.startsWith('PATCH')).length, 1);
});

rootTest('an upload that never gets on fails, and the tag stays as it was', async (t) => {
  const b = await bench(t, [{ tar: BIG, blob: BIG_BLOB }]);
  b.registry.fault('PATCH', /./, uploadFaults.dieAfter(10), 99);
  await fails(t, 'NETWORK', /^Patch "http:.*broke off/, b.push('app:1'));
  t.is(b.registry.asked.filter((line) => line.startsWith('PATCH')).length, TIMES.tries);
  t.is(b.registry.manifests.size, 0);
});

rootTest('what a registry refuses, in its words', async (t) => {
  const b = await bench(t, [{ tar: SMALL }]);
  b.registry.fault('POST', /uploads/, uploadFaults.status(202));
  await fails(t, 'REGISTRY', /doesn't say where the upload goes/, b.push('app:1'));
  const refusal = JSON.stringify({ errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] });
  b.registry.fault('POST', /uploads/, uploadFaults.status(403, {}, refusal));
  await fails(t, 'UNAUTHORIZED', /^denied: requested access to the resource is denied$/, b.push('app:1'));
  b.registry.fault('PUT', /manifests/, uploadFaults.status(400, {}, '{"errors":[{"code":"TAG_INVALID","message":"immutable"}]}'));
  await fails(t, 'REGISTRY', /^tag invalid: immutable$/, b.push('app:1'));
  b.registry.fault('GET', /^\/v2\/$/, uploadFaults.status(404, {}, '<html>no registry</html>'));
  await fails(t, 'REGISTRY', /web page \(HTML\)/, b.push('app:1'));
});

rootTest('bytes go to another host without our password', async (t) => {
  const storage = await startWritableRegistry(t);
  const password = 'Basic bWU6Z2VoZWlt';
  const { dockerConfig } = await import('../../helpers/registry-login.ts');
  const store = openTestStore(t);
  const registry = await startWritableRegistry(t, {
    guard(request, response) {
      if (request.headers.authorization === password) return false;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  const name = `${registry.host}/app:1`;
  await ingestImage(store, [{ tar: BIG, blob: BIG_BLOB }], { names: [name] });
  let begun = false;
  registry.fault('POST', /uploads/, async (_request, response) => {
    const answer = await fetch(`http://${storage.host}/v2/app/blobs/uploads/`, { method: 'POST' });
    begun = true;
    response.writeHead(202, { Location: `http://${storage.host}${answer.headers.get('location')}` }).end();
    return true;
  });
  const environment = dockerConfig(t, { auths: { [registry.host]: { auth: 'bWU6Z2VoZWlt' } } });
  const signal = new AbortController().signal;
  const given = { environment, certificateDirectories: [], times: TIMES };
  await pushImage(store, parseReference(name), { signal, registry: given }, () => undefined);
  t.true(begun);
  t.true(storage.blobs.get(`app@${sha256(BIG_BLOB)}`)?.equals(BIG_BLOB));
  t.true(storage.requests.every(({ headers }) => headers.authorization === undefined));
});

rootTest('a token that expires in the middle of a push is renewed', async (t) => {
  const tokens = await startFakeRegistry(t);
  let given = 0;
  const scopes: string[] = [];
  tokens.fault(
    /token/,
    (request, response) => {
      scopes.push(...new URL(request.url ?? '', 'http://t').searchParams.getAll('scope'));
      response.writeHead(200).end(JSON.stringify({ token: `t${++given}` }));
    },
    99,
  );
  let good = 't1';
  const b = await bench(t, [{ tar: BIG, blob: BIG_BLOB }], {
    guard(request, response) {
      if (request.headers.authorization === `Bearer ${good}`) return false;
      request.resume();
      const error = request.headers.authorization === undefined ? '' : ',error="invalid_token"';
      const challenge = `Bearer realm="http://${tokens.host}/token",service="s",scope="repository:app:pull"${error}`;
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
      return true;
    },
  });
  // Before its bytes, and after them.
  for (const [method, next] of [
    ['POST', 't2'],
    ['PATCH', 't3'],
  ] as const) {
    b.registry.fault(method, /uploads/, () => {
      good = next;
      return false;
    });
  }
  await b.push('app:1');
  t.is(given, 3);
  t.deepEqual([...new Set(scopes)], ['repository:app:pull,push']);
  t.true(blobOf(b)?.equals(BIG_BLOB));
});

rootTest('a registry that takes no bytes any more is given up after a while, and tried again', async (t) => {
  const b = await bench(t, [{ tar: HUGE, blob: HUGE }], {}, { stall: 2000 });
  b.name(`app@${b.image.manifestDigest}`);
  b.registry.fault('PATCH', /./, uploadFaults.silence);
  t.true((await b.push('app:1')).includes(`${short(HUGE)}: Retrying in 1 second\n`));
  t.true(blobOf(b)?.equals(HUGE));
});
