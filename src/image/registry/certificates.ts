/** Whom TLS trusts: the system's authorities, and those a folder names for one registry; and our own certificate there. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { TsrunError, hasErrno } from '../../model/errors.ts';

/** The TLS context for a host (or host:port, as in the reference); undefined where it needs none, because nothing is checked. */
export type SecureContexts = (host: string, verify: boolean) => SecureContext | undefined;

/**
 * TLS contexts, each made when it is first asked for: parsing the system's hundreds of certificates takes tens of
 * milliseconds, so that hosts without certificates of their own share one context.
 * @param directories as RegistryOptions.certificateDirectories
 * @throws TsrunError INVALID_ARGUMENT (when asked) for a file there that can't be read or isn't a certificate
 */
export function makeSecureContexts(directories: readonly string[]): SecureContexts {
  let common: SecureContext | undefined;
  return (host, verify) => {
    const folders = directories.map((directory) => join(directory, host));
    const authorities = folders.flatMap((folder) => filesWith(folder, '.crt'));
    const [identity] = folders.flatMap(identitiesIn);
    if (!verify && identity === undefined) return undefined;
    if (authorities.length === 0 && identity === undefined) return (common ??= createSecureContext({ ca: systemAuthorities() }));
    try {
      return createSecureContext({
        ca: [...systemAuthorities(), ...authorities.map(readAuthority)],
        ...(identity === undefined ? {} : { cert: readFileSync(`${identity}.cert`), key: readFileSync(`${identity}.key`) }),
      });
    } catch (error) {
      throw new TsrunError(
        'INVALID_ARGUMENT',
        `cannot use the certificates for ${host} in ${directories.join(' or ')}: ${(error as Error).message}`,
        {
          step: 1,
          hint: 'an authority is NAME.crt; a client certificate is NAME.cert beside NAME.key; all in PEM',
          cause: error,
        },
      );
    }
  };
}

/** What the host trusts (SSL_CERT_FILE and SSL_CERT_DIR are honoured); where it has no list, the one that Node brings. */
function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? [...system, ...getCACertificates('extra')] : getCACertificates('default');
}

/** OpenSSL passes over a file that holds no certificate, and the user would hear of an unknown authority only. */
function readAuthority(path: string): string {
  const text = readFileSync(path, 'utf8');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`${path} holds no certificate in PEM`);
  return text;
}

/**
 * Client certificates with their keys, without the endings.
 * @throws TsrunError INVALID_ARGUMENT, in Docker's words, for one without the other
 */
function identitiesIn(folder: string): string[] {
  const names = (ending: string): string[] => filesWith(folder, ending).map((path) => path.slice(0, -ending.length));
  const [certificates, keys] = [names('.cert'), names('.key')];
  const alone = (what: string, hint: string): TsrunError => new TsrunError('INVALID_ARGUMENT', what, { step: 1, path: folder, hint });
  for (const name of certificates) {
    const [certificate, key] = [`${basename(name)}.cert`, `${basename(name)}.key`];
    if (!keys.includes(name))
      throw alone(`missing key ${key} for client certificate ${certificate}`, `in ${folder}; authorities have names that end in .crt`);
  }
  for (const name of keys) {
    const [certificate, key] = [`${basename(name)}.cert`, `${basename(name)}.key`];
    if (!certificates.includes(name)) throw alone(`missing client certificate ${certificate} for key ${key}`, `in ${folder}`);
  }
  return certificates;
}

function filesWith(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw new TsrunError('INVALID_ARGUMENT', `cannot read the certificates in ${folder}: ${(error as Error).message}`, {
      step: 1,
      path: folder,
      cause: error,
    });
  }
}
