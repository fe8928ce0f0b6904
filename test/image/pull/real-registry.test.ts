/** Pulls from Debian's docker-registry: plain, over TLS, with a login, with tokens. Images are pushed by skopeo. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fixture } from '../../../rootfs-fixtures/fixtures.ts';
import { pullImage } from '../../../src/image/pull/pull.ts';
import type { PullOptions } from '../../../src/image/pull/options.ts';
import { parseReference } from '../../../src/image/reference/parse.ts';
import type { Store } from '../../../src/image/store/ingest.ts';
import type { Image } from '../../../src/model/image.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { makeCertificates, trustFor } from '../../helpers/registry-certificates.ts';
import { dockerConfig } from '../../helpers/registry-login.ts';
import { missingPrograms, startRealRegistry } from '../../helpers/registry-real.ts';
import { startTokenServer } from '../../helpers/registry-tokens.ts';
import { rootTest } from '../../helpers/root.ts';

const BUSYBOX = (): string => `docker-archive:${fixture('busybox')}`;

function realTest(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (missingPrograms.length === 0) rootTest(title, implementation);
  else test.skip(`${title} (${missingPrograms.join(', ')} not installed)`, implementation);
}

type Pull = (name: string, registry?: PullOptions['registry'], options?: Partial<PullOptions>) => Promise<Image>;

function puller(t: ExecutionContext): { pull: Pull; store: Store } {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-pull-'));
  const paths = { root: join(directory, 'root'), state: join(directory, 'state') };
  const store: Store = { paths, database: openDatabase(paths) };
  t.teardown(() => {
    store.database.close();
    rmSync(directory, { recursive: true });
  });
  const signal = new AbortController().signal;
  const pull: Pull = (name, registry = {}, options = {}) => {
    const own = { environment: {}, certificateDirectories: [], ...registry };
    return pullImage(store, parseReference(name), { signal, registry: own, ...options }, () => undefined);
  };
  return { pull, store };
}

realTest('plain HTTP on the loopback: Docker and OCI manifests, gzip and zstd', async (t) => {
  const registry = await startRealRegistry(t);
  await registry.push(BUSYBOX(), 'busybox:docker', '--format', 'v2s2');
  await registry.push(BUSYBOX(), 'busybox:oci', '--format', 'oci');
  // A registry of its own: skopeo takes any compression of a layer that it finds there.
  const other = await startRealRegistry(t);
  await other.push(BUSYBOX(), 'busybox:zstd', '--format', 'oci', '--dest-compress-format', 'zstd', '--dest-compress');
  for (const name of [`${registry.host}/busybox:docker`, `${registry.host}/busybox:oci`, `${other.host}/busybox:zstd`]) {
    // A store for each: a layer that is here isn't pulled.
    const { pull, store } = puller(t);
    const image = await pull(name);
    const layer = join(store.paths.root, 'layers', (image.layers.at(-1) ?? '').slice(7));
    t.true(readFileSync(join(layer, 'bin/busybox')).length > 100_000);
  }
  const { pull } = puller(t);
  const byTag = await pull(`${registry.host}/busybox:oci`);
  const byDigest = await pull(`${registry.host}/busybox@${byTag.manifestDigest}`);
  t.is(byDigest.id, byTag.id);
});

realTest('what it says no to', async (t) => {
  const registry = await startRealRegistry(t);
  await registry.push(BUSYBOX(), 'busybox:1');
  const { pull } = puller(t);
  const { host } = registry;
  await t.throwsAsync(pull(`${host}/busybox:nosuch`), {
    message: `manifest for ${host}/busybox:nosuch not found: manifest unknown: manifest unknown`,
  });
  await t.throwsAsync(pull(`${host}/nosuch`), {
    message: `manifest for ${host}/nosuch:latest not found: manifest unknown: manifest unknown`,
  });
});

realTest('a login from config.json, over TLS', async (t) => {
  const tls = await makeCertificates(t);
  const login = { user: 'me', password: 'secret' };
  const registry = await startRealRegistry(t, { tls, login, pushAs: 'me:secret' });
  await registry.push(BUSYBOX(), 'busybox:1');
  const { pull } = puller(t);
  const name = `${registry.host}/busybox:1`;
  const as = (text: string): Record<string, string> =>
    dockerConfig(t, { auths: { [registry.host]: { auth: Buffer.from(text).toString('base64') } } });
  t.truthy((await pull(name, { environment: as('me:secret') })).id);
  const wrong = await t.throwsAsync(puller(t).pull(name, { environment: as('me:geheim') }));
  t.is(wrong.message, 'unauthorized: authentication required');
  await t.throwsAsync(puller(t).pull(name), { message: `Get "https://${registry.host}/v2/": no basic auth credentials` });
});

realTest('tokens: anonymous for what is open, with a login for the rest, renewed when they expire', async (t) => {
  const certificates = await makeCertificates(t);
  const tokens = await startTokenServer(t, certificates, { users: { me: 'secret' }, open: ['open/busybox'], seconds: 1 });
  const registry = await startRealRegistry(t, { token: { realm: tokens.realm, certificates }, pushAs: 'me:secret' });
  await registry.push(BUSYBOX(), 'open/busybox:1');
  await registry.push(BUSYBOX(), 'own/busybox:1');
  tokens.asked.length = 0;
  const { pull } = puller(t);
  t.truthy((await pull(`${registry.host}/open/busybox:1`)).id);
  t.true(tokens.asked.every((user) => user === 'anonymous'));
  const denied = await t.throwsAsync(puller(t).pull(`${registry.host}/own/busybox:1`));
  t.is(
    denied.message,
    `pull access denied for ${registry.host}/own/busybox, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
  );
  const environment = dockerConfig(t, { auths: { [registry.host]: { auth: Buffer.from('me:secret').toString('base64') } } });
  t.truthy((await puller(t).pull(`${registry.host}/own/busybox:1`, { environment })).id);
});

/** An address that isn't the loopback's: only there certificates are checked. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

(address === undefined ? (title: string) => test.skip(`${title} (no address but the loopback's)`, () => undefined) : realTest)(
  'an authority of certs.d is trusted, for its host only',
  async (t) => {
    const tls = await makeCertificates(t, address);
    const registry = await startRealRegistry(t, { tls, ...(address === undefined ? {} : { address }) });
    await registry.push(BUSYBOX(), 'busybox:1');
    const name = `${registry.host}/busybox:1`;
    const unknown = await t.throwsAsync(puller(t).pull(name));
    t.regex(unknown.message, /tls: failed to verify certificate: x509: certificate signed by unknown authority$/);
    t.truthy((await puller(t).pull(name, { certificateDirectories: [trustFor(tls, registry.host)] })).id);
    t.truthy((await puller(t).pull(name, {}, { insecureRegistries: [registry.host] })).id);
  },
);
