/** A certificate authority of a test's own, and a server's certificate from it, made by openssl. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from './command.ts';

export interface Certificates {
  directory: string;
  /** Paths, PEM. */
  authority: string;
  certificate: string;
  key: string;
}

/**
 * Make both; the certificate is for this address and name. They go with the test. A key takes long: nobody else's answer, and no server
 * of this process, is kept waiting for it.
 */
export async function makeCertificates(t: ExecutionContext, address = '127.0.0.1', name = 'localhost'): Promise<Certificates> {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-certificates-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  const openssl = (...words: string[]): Promise<string> => mustRun('openssl', words);
  const curve = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl('req', '-x509', ...curve, '-keyout', at('ca.key'), '-out', at('ca.crt'), '-days', '2', '-subj', '/CN=test authority');
  await openssl('req', ...curve, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=test registry');
  writeFileSync(at('names'), `subjectAltName=DNS:${name},IP:${address}\n`);
  const sign = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names')];
  await openssl('x509', '-req', '-in', at('server.csr'), '-out', at('server.crt'), ...sign);
  return { directory, authority: at('ca.crt'), certificate: at('server.crt'), key: at('server.key') };
}

/** A certs.d folder that trusts this authority for one host. */
export function trustFor(certificates: Certificates, host: string): string {
  const folder = join(certificates.directory, 'certs.d', host);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ca.crt'), readFileSync(certificates.authority));
  return join(certificates.directory, 'certs.d');
}
