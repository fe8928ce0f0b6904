import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeSecureContexts } from '../../../src/image/registry/certificates.ts';
import { openTransport, type Answer } from '../../../src/image/registry/transport.ts';
import { makeCertificates, trustFor, type Certificates } from '../../helpers/registry-certificates.ts';
import { startFakeRegistry } from '../../helpers/registry-fake.ts';
import { missingPrograms } from '../../helpers/registry-real.ts';

function opensslTest(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (missingPrograms.includes('openssl')) test.skip(`${title} (openssl is not installed)`, implementation);
  else test(title, implementation);
}

async function ask(
  t: ExecutionContext,
  certificates: Certificates,
  directories: (host: string) => string[],
  hostname: string,
): Promise<Answer> {
  const tls = { key: readFileSync(certificates.key, 'utf8'), cert: readFileSync(certificates.certificate, 'utf8') };
  const registry = await startFakeRegistry(t, { tls, hostname });
  const transport = openTransport({
    secureContext: (host) => makeSecureContexts(directories(host))(host, true),
    verify: true,
    environment: {},
    signal: undefined,
    answer: 120_000,
    stall: 120_000,
  });
  t.teardown(() => transport.close());
  return transport.send({ method: 'GET', url: new URL(registry.url), headers: {} });
}

opensslTest('an authority from certs.d', async (t) => {
  const certificates = await makeCertificates(t);
  t.is((await ask(t, certificates, (host) => [trustFor(certificates, host)], '127.0.0.1')).status, 404);
});

opensslTest('an unknown authority, with what to do about it', async (t) => {
  const error = await t.throwsAsync(ask(t, await makeCertificates(t), () => [], '127.0.0.1'));
  t.regex(error.message, /x509: certificate signed by unknown authority$/);
  t.regex((error as { hint?: string }).hint ?? '', /certs\.d\/127\.0\.0\.1:\d+\/ca\.crt/);
});

opensslTest('a certificate for another name', async (t) => {
  const certificates = await makeCertificates(t, '192.0.2.1');
  const error = await t.throwsAsync(ask(t, certificates, (host) => [trustFor(certificates, host)], '127.0.0.1'));
  t.regex(error.message, /x509: certificate is not valid for 127\.0\.0\.1$/);
});

opensslTest('a damaged authority', async (t) => {
  const certificates = await makeCertificates(t);
  const directory = trustFor({ ...certificates, authority: certificates.key }, 'h');
  t.throws(() => makeSecureContexts([directory])('h', true), { message: /^cannot use the certificates for h/ });
});

opensslTest('a client certificate is shown to the host it is for', async (t) => {
  const certificates = await makeCertificates(t);
  const read = (path: string): string => readFileSync(path, 'utf8');
  const tls = { key: read(certificates.key), cert: read(certificates.certificate), ca: read(certificates.authority), requestCert: true };
  const registry = await startFakeRegistry(t, { tls });
  const folder = trustFor(certificates, registry.host);
  const send = (): Promise<Answer> => {
    const secureContext = makeSecureContexts([folder]);
    const times = { answer: 120_000, stall: 120_000, signal: undefined };
    const transport = openTransport({ secureContext, verify: true, environment: {}, ...times });
    t.teardown(() => transport.close());
    return transport.send({ method: 'GET', url: new URL(registry.url), headers: {} });
  };
  await t.throwsAsync(send());
  copyFileSync(certificates.certificate, join(folder, registry.host, 'me.cert'));
  const host = registry.host;
  t.throws(() => makeSecureContexts([folder])(host, true), { message: 'missing key me.key for client certificate me.cert' });
  copyFileSync(certificates.key, join(folder, host, 'me.key'));
  t.is((await send()).status, 404);
  rmSync(join(folder, host, 'me.cert'));
  t.throws(() => makeSecureContexts([folder])(host, true), { message: 'missing client certificate me.cert for key me.key' });
});
