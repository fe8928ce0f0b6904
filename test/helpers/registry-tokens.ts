/** A token server for the real registry: signs what a registry with `auth: token` believes. */
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ExecutionContext } from 'ava';
import type { Certificates } from './registry-certificates.ts';
import { listen } from './registry-fake.ts';

export const ISSUER = 'test issuer';
export const SERVICE = 'test registry';

export interface TokenServer {
  realm: string;
  /** Users who asked; `anonymous` for none. */
  asked: string[];
}

export interface TokenOptions {
  /** Users and their passwords. */
  users: Record<string, string>;
  /** Repositories that anyone may pull. */
  open: readonly string[];
  /** How long a token is good, in seconds. */
  seconds?: number;
}

/** Start one that signs with this certificate's key. */
export async function startTokenServer(t: ExecutionContext, certificates: Certificates, options: TokenOptions): Promise<TokenServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const [user, password] = userOf(request.headers.authorization);
    asked.push(user ?? 'anonymous');
    if (user !== undefined && options.users[user] !== password) {
      response.writeHead(401).end();
      return;
    }
    const scopes = url.searchParams.getAll('scope').map((scope) => scope.split(':'));
    const access = scopes
      .filter(([, name = '']) => user !== undefined || options.open.includes(name))
      .map(([type, name, actions = '']) => ({ type, name, actions: user === undefined ? ['pull'] : actions.split(',') }));
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ token: sign(certificates, user ?? '', access, options.seconds ?? 60) }));
  });
  return { realm: `http://127.0.0.1:${await listen(t, server)}/token`, asked };
}

function userOf(authorization: string | undefined): [user: string | undefined, password: string | undefined] {
  if (authorization === undefined) return [undefined, undefined];
  const [user, password] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':');
  return [user, password];
}

function sign(certificates: Certificates, subject: string, access: unknown, seconds: number): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const chain = [new X509Certificate(readFileSync(certificates.certificate)).raw.toString('base64')];
  const now = Math.trunc(Date.now() / 1000);
  const claims = { iss: ISSUER, sub: subject, aud: SERVICE, exp: now + seconds, nbf: now - 10, iat: now, jti: randomUUID(), access };
  const text = `${encode({ typ: 'JWT', alg: 'RS256', x5c: chain })}.${encode(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(readFileSync(certificates.key)).toString('base64url')}`;
}
