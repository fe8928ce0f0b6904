import { readFileSync } from 'node:fs';
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
    answer: 5000,
    stall: 5000,
  });
  t.teardown(() => transport.close());
  return transport.send({ method: 'GET', url: new URL(registry.url), headers: {} });
}

opensslTest('an authority from certs.d', async (t) => {
  const certificates = makeCertificates(t);
  t.is((await ask(t, certificates, (host) => [trustFor(certificates, host)], '127.0.0.1')).status, 404);
});

opensslTest('an unknown authority, with what to do about it', async (t) => {
  const error = await t.throwsAsync(ask(t, makeCertificates(t), () => [], '127.0.0.1'));
  t.regex(error.message, /x509: certificate signed by unknown authority$/);
  t.regex((error as { hint?: string }).hint ?? '', /certs\.d\/127\.0\.0\.1:\d+\/ca\.crt/);
});

opensslTest('a certificate for another name', async (t) => {
  const certificates = makeCertificates(t, '192.0.2.1');
  const error = await t.throwsAsync(ask(t, certificates, (host) => [trustFor(certificates, host)], '127.0.0.1'));
  t.regex(error.message, /x509: certificate is not valid for 127\.0\.0\.1$/);
});

opensslTest('a damaged authority', (t) => {
  const certificates = makeCertificates(t);
  const directory = trustFor({ ...certificates, authority: certificates.key }, 'h');
  t.throws(() => makeSecureContexts([directory])('h', true), { message: /^cannot use the certificates for h/ });
  return Promise.resolve();
});
