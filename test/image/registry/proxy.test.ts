/** Through a proxy: what is encrypted goes by CONNECT, and the proxy sees nothing of it. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { parseReference } from '../../../src/image/reference/parse.ts';
import { openRegistry, type RegistryClient } from '../../../src/image/registry/client.ts';
import { registryOptions } from '../../../src/image/registry/options.ts';
import { proxyFor } from '../../../src/image/registry/proxy.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { makeCertificates, trustFor } from '../../helpers/registry-certificates.ts';
import { listen, startFakeRegistry, type FakeRegistry } from '../../helpers/registry-fake.ts';
import { missingPrograms } from '../../helpers/registry-real.ts';

const NAME = 'registry.test:5443';

interface Proxy {
  host: string;
  /** `CONNECT registry.test:5443` and the proof that came with it. */
  asked: { target: string; proof: string | undefined }[];
}

/** A proxy that leads every host to `target`, or refuses all. */
async function startProxy(t: ExecutionContext, target: string, refuses?: number): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ target: `${request.method} ${request.url}`, proof: request.headers['proxy-authorization'] });
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push({ target: `CONNECT ${request.url}`, proof: request.headers['proxy-authorization'] });
    if (refuses !== undefined) {
      socket.end(`HTTP/1.1 ${refuses} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const outer = connect(Number(target.split(':')[1]), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const [from, to] of [
      [socket, outer],
      [outer, socket],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  return { host: `127.0.0.1:${await listen(t, server)}`, asked };
}

/** A registry with TLS that calls itself NAME, and a client that trusts it and goes through a proxy to it. */
async function start(t: ExecutionContext, refuses?: number): Promise<{ registry: FakeRegistry; proxy: Proxy; client: RegistryClient }> {
  const certificates = await makeCertificates(t, '127.0.0.1', 'registry.test');
  const tls = { key: readFileSync(certificates.key, 'utf8'), cert: readFileSync(certificates.certificate, 'utf8') };
  const registry = await startFakeRegistry(t, { tls });
  registry.put('x/manifests/latest', { type: 'application/json', bytes: Buffer.from('{}') });
  const proxy = await startProxy(t, registry.host, refuses);
  const environment = { HTTPS_PROXY: `http://me:geheim@${proxy.host}`, DOCKER_CONFIG: '/nonexistent' };
  const options = { environment, certificateDirectories: [trustFor(certificates, NAME)], times: { tries: 1, answer: 120_000 } };
  const client = openRegistry(parseReference(`${NAME}/x`), registryOptions(options));
  t.teardown(() => client.close());
  return { registry, proxy, client };
}

function opensslTest(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (missingPrograms.includes('openssl')) test.skip(`${title} (openssl is not installed)`, implementation);
  else test(title, implementation);
}

opensslTest('a registry over TLS by CONNECT: its certificate is checked, and the proxy gets its own password', async (t) => {
  const { registry, proxy, client } = await start(t);
  t.is(Buffer.from((await client.manifest('latest')).bytes).toString(), '{}');
  t.deepEqual(proxy.asked, [{ target: `CONNECT ${NAME}`, proof: `Basic ${btoa('me:geheim')}` }]);
  t.is(registry.requests[0]?.headers['proxy-authorization'], undefined);
  t.is(registry.requests[0]?.headers.host, NAME);
});

opensslTest('a proxy that refuses is named, and its password is not', async (t) => {
  const { registry, client } = await start(t, 407);
  const error = await t.throwsAsync(client.manifest('latest'));
  t.true(isTsrunError(error, 'NETWORK'));
  t.regex(error.message, /proxy of the environment refused the connection/);
  t.false(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('geheim'));
  t.is(registry.requests.length, 0);
});

test('proxies that are none', (t) => {
  const url = new URL('https://registry.example/');
  t.throws(() => proxyFor(url, { HTTPS_PROXY: 'socks5://me:geheim@p:1080' }), { message: /^HTTPS_PROXY names a socks5:\/\/… proxy/ });
  const error = t.throws(() => proxyFor(url, { HTTPS_PROXY: 'http://me:geheim@:99999' }));
  t.is(error.message, 'HTTPS_PROXY is not a URL');
});
