/** Debian's docker-registry, on a free port of its own, with storage and configuration that go with the test. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from './command.ts';
import type { NetworkNamespace } from './namespaces.ts';
import type { Certificates } from './registry-certificates.ts';
import { ISSUER, SERVICE } from './registry-tokens.ts';

/** What the tests with a real registry need; what is missing is said where they are skipped. */
const PROGRAMS = ['docker-registry', 'skopeo', 'openssl', 'htpasswd'];

export const missingPrograms: readonly string[] = PROGRAMS.filter(
  (program) => !(process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, program))),
);

export interface RealRegistry {
  /** `127.0.0.1:PORT` */
  host: string;
  /** Copy an archive (`docker-archive:…`, `oci-archive:…`) to `repository:tag` here. */
  push(source: string, name: string, ...options: string[]): Promise<void>;
}

export interface RealOptions {
  /** Where it listens; 127.0.0.1, on a free port. */
  address?: string;
  port?: number;
  /** Where that address is; the tests' own namespace if it is not given. */
  network?: NetworkNamespace;
  tls?: Certificates;
  /** Basic authentication. */
  login?: { user: string; password: string };
  token?: { realm: string; certificates: Certificates };
  /** Used by `push` only: `user:password`. */
  pushAs?: string;
}

/** Start it; it ends with the test. */
export async function startRealRegistry(t: ExecutionContext, options: RealOptions = {}): Promise<RealRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-registry-'));
  const address = options.address ?? '127.0.0.1';
  const configuration = join(directory, 'config.json');
  // JSON is YAML.
  writeFileSync(configuration, JSON.stringify(configure(directory, address, options)));
  const enter = (program: string, words: readonly string[]): [string, string[]] =>
    options.network?.enter(program, words) ?? [program, [...words]];
  const child = spawn(...enter('docker-registry', ['serve', configuration]), { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true });
  });
  const port = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /listening on [^"\s]*:(\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`docker-registry ended: ${said}`)));
  });
  const host = `${address}:${port}`;
  return {
    host,
    async push(source, name, ...words) {
      const credentials = options.pushAs === undefined ? [] : ['--dest-creds', options.pushAs];
      // skopeo wants a policy file, which not every host has.
      const flags = ['--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false', ...credentials, ...words];
      await mustRun(...enter('skopeo', [...flags, source, `docker://${host}/${name}`]));
    },
  };
}

function configure(directory: string, address: string, options: RealOptions): object {
  const { tls, login, token } = options;
  const auth =
    login !== undefined
      ? { htpasswd: { realm: 'test', path: writeLogin(directory, login) } }
      : token !== undefined && {
          token: { realm: token.realm, service: SERVICE, issuer: ISSUER, rootcertbundle: token.certificates.authority },
        };
  return {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
    http: {
      addr: `${address}:${options.port ?? 0}`,
      secret: 'of a test',
      ...(tls === undefined ? {} : { tls: { certificate: tls.certificate, key: tls.key } }),
    },
    ...(auth === false ? {} : { auth }),
  };
}

function writeLogin(directory: string, { user, password }: { user: string; password: string }): string {
  const path = join(directory, 'htpasswd');
  writeFileSync(path, execFileSync('htpasswd', ['-B', '-C', '4', '-b', '-n', user, password]));
  return path;
}
