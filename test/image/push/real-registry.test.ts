/** Pushes to Debian's docker-registry, read back by skopeo and by us: plain, broken on the way, over TLS with a login, with tokens. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fixture } from '../../../rootfs-fixtures/fixtures.ts';
import { loadImages } from '../../../src/image/archive/load.ts';
import type { PushEvent } from '../../../src/model/push-event.ts';
import { pullImage } from '../../../src/image/pull/pull.ts';
import type { PullOptions } from '../../../src/image/pull/options.ts';
import { pushImage } from '../../../src/image/push/push.ts';
import { parseReference } from '../../../src/image/reference/parse.ts';
import { putName } from '../../../src/image/store/images.ts';
import type { Store } from '../../../src/image/store/ingest-types.ts';
import type { Image } from '../../../src/model/image.ts';
import { mustRun } from '../../helpers/command.ts';
import { startCuttingProxy } from '../../helpers/cutting-proxy.ts';
import { ingestImage, openTestStore } from '../../helpers/image-store.ts';
import { makeCertificates } from '../../helpers/registry-certificates.ts';
import { makeTar } from '../../helpers/registry-images.ts';
import { dockerConfig } from '../../helpers/registry-login.ts';
import { missingPrograms, startRealRegistry } from '../../helpers/registry-real.ts';
import { startTokenServer } from '../../helpers/registry-tokens.ts';
import { rootTest } from '../../helpers/root.ts';

function realTest(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (missingPrograms.length === 0) rootTest(title, implementation);
  else test.skip(`${title} (${missingPrograms.join(', ')} not installed)`, implementation);
}

interface Engine {
  store: Store;
  load(name: string): Promise<Image>;
  push(name: string): Promise<PushEvent[]>;
  pull(name: string): Promise<Image>;
}

function engine(t: ExecutionContext, environment: Record<string, string> = {}): Engine {
  const store = openTestStore(t);
  const registry: PullOptions['registry'] = { environment, certificateDirectories: [], times: { firstWait: 5 } };
  const signal = new AbortController().signal;
  return {
    store,
    async load(name) {
      const [image] = await loadImages(store, fixture('busybox'), () => undefined);
      if (image === undefined) throw new Error('the fixture holds no image');
      putName(store, name, image.id);
      return image;
    },
    async push(name) {
      const events: PushEvent[] = [];
      await pushImage(store, parseReference(name), { signal, registry }, (event) => events.push(event));
      return events;
    },
    pull: (name) => pullImage(store, parseReference(name), { signal, registry }, () => undefined),
  };
}

const digestIn = (events: readonly PushEvent[]): string | undefined =>
  events.map((event) => (event.type === 'pushed' ? event.digest : undefined)).find((digest) => digest !== undefined);
const statusesIn = (events: readonly PushEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'layer' && event.status !== 'Pushing' ? [event.status] : []));

realTest('an image of an archive: skopeo reads it, we pull the same image, and push it again as it is', async (t) => {
  const registry = await startRealRegistry(t);
  const name = `${registry.host}/made/busybox:1`;
  const here = engine(t);
  const image = await here.load(name);
  const digest = digestIn(await here.push(name)) ?? '';
  const seen = JSON.parse(await mustRun('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`])) as { Digest: string };
  t.is(seen.Digest, digest);
  const copy = join(here.store.paths.root, 'copy');
  await mustRun('skopeo', ['--insecure-policy', 'copy', '--quiet', '--src-tls-verify=false', `docker://${name}`, `dir:${copy}`]);
  t.true(readFileSync(join(copy, image.id.slice('sha256:'.length))).length > 0);

  const other = engine(t);
  const pulled = await other.pull(name);
  t.is(pulled.id, image.id);
  const elsewhere = `${registry.host}/copied/busybox:2`;
  putName(other.store, elsewhere, pulled.id);
  const again = await other.push(elsewhere);
  t.is(digestIn(again), digest, 'what was pulled is pushed as it came');
  t.deepEqual(statusesIn(again), ['Preparing', 'Mounted from made/busybox']);
});

realTest('what skopeo pushed, pulled here and pushed on: the same digest, OCI and zstd too', async (t) => {
  const source = `docker-archive:${fixture('busybox')}`;
  const formats = { docker: ['--format', 'v2s2'], zstd: ['--format', 'oci', '--dest-compress-format', 'zstd', '--dest-compress'] };
  for (const [tag, words] of Object.entries(formats)) {
    // A registry for each: skopeo takes any compression of a layer that it finds there.
    const registry = await startRealRegistry(t);
    await registry.push(source, `from:${tag}`, ...words);
    const here = engine(t);
    const image = await here.pull(`${registry.host}/from:${tag}`);
    const second = await startRealRegistry(t);
    const name = `${second.host}/to:${tag}`;
    putName(here.store, name, image.id);
    t.is(digestIn(await here.push(name)), image.manifestDigest);
    const raw = await mustRun('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`]);
    t.true(raw.includes(tag === 'zstd' ? 'layer.v1.tar+zstd' : 'rootfs.diff.tar.gzip'), raw);
  }
});

realTest('a network that breaks in the middle of an upload', async (t) => {
  const registry = await startRealRegistry(t);
  const proxy = await startCuttingProxy(t, registry.host, 1_000_000, 2);
  const here = engine(t);
  const tar = makeTar({ 'big/file': randomBytes(3 << 20) });
  await ingestImage(here.store, [{ tar }], { names: [`${proxy.host}/app:1`] });
  const events = await here.push(`${proxy.host}/app:1`);
  t.is(proxy.cuts(), 2);
  t.is(statusesIn(events).filter((status) => status === 'Retrying').length, 2);
  t.truthy((await engine(t).pull(`${registry.host}/app:1`)).id);
});

realTest('a login over TLS; without it, and with a wrong password, in Docker words', async (t) => {
  const tls = await makeCertificates(t);
  const registry = await startRealRegistry(t, { tls, login: { user: 'me', password: 'secret' } });
  const name = `${registry.host}/app:1`;
  const as = (login: string): Record<string, string> => dockerConfig(t, { auths: { [registry.host]: { auth: btoa(login) } } });
  const here = engine(t, as('me:secret'));
  await here.load(name);
  t.truthy(digestIn(await here.push(name)));
  const nobody = engine(t, { DOCKER_CONFIG: '/nonexistent' });
  await nobody.load(name);
  await t.throwsAsync(nobody.push(name), { message: 'no basic auth credentials' });
  const wrong = engine(t, as('me:geheim'));
  await wrong.load(name);
  const error = await t.throwsAsync(wrong.push(name));
  t.is(error.message, 'unauthorized: authentication required');
  t.false(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('geheim'));
});

realTest('tokens: with every scope that a mount needs, renewed when they expire; denied without a login', async (t) => {
  const certificates = await makeCertificates(t);
  const tokens = await startTokenServer(t, certificates, { users: { me: 'secret' }, open: [], seconds: 1 });
  const registry = await startRealRegistry(t, { token: { realm: tokens.realm, certificates } });
  const here = engine(t, dockerConfig(t, { auths: { [registry.host]: { auth: btoa('me:secret') } } }));
  const image = await here.load(`${registry.host}/own/one:1`);
  await here.push(`${registry.host}/own/one:1`);
  putName(here.store, `${registry.host}/own/two:1`, image.id);
  t.deepEqual(statusesIn(await here.push(`${registry.host}/own/two:1`)), ['Preparing', 'Mounted from own/one']);
  const nobody = engine(t, { DOCKER_CONFIG: '/nonexistent' });
  await nobody.load(`${registry.host}/own/one:1`);
  await t.throwsAsync(nobody.push(`${registry.host}/own/one:1`), { message: 'denied: requested access to the resource is denied' });
});
