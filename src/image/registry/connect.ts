/** The ways to one registry: a session for each of its endpoints, and which one is asked next when one fails. */
import { TsrunError } from '../../model/errors.ts';
import type { AskedFor } from './answers.ts';
import { makeSecureContexts } from './certificates.ts';
import { readCredentials, type Credentials, type HelperRunner } from './credentials.ts';
import { endpointsFor } from './endpoints.ts';
import type { RegistryOptions } from './options.ts';
import { openSession, type Session } from './session.ts';
import { openTransport } from './transport.ts';

export interface Wanted {
  /** Asked before the registry itself, where it is docker.io. */
  mirrors: readonly string[];
  asked: AskedFor;
  /** As AuthorizerOptions.scopes. */
  scopes: readonly string[];
  /** Instead of those that config.json has. */
  credentials?: Credentials;
  /** As AuthorizerOptions.onRefreshToken. */
  onRefreshToken?: (token: string) => void;
}

export interface Sessions {
  /** In the order to try; at least one. */
  sessions: Session[];
  /** End all connections. */
  close: () => void;
}

/**
 * Sessions with the registry `domain` (as references have it). Nothing is sent yet.
 * @throws TsrunError INVALID_ARGUMENT for a mirror that is no URL
 */
export function openSessions(domain: string, options: RegistryOptions, wanted: Wanted): Sessions {
  const secureContext = makeSecureContexts(options.certificateDirectories);
  const { environment, signal, times } = options;
  const opened = endpointsFor(domain, options.insecureRegistries, wanted.mirrors).map((endpoint) => {
    const { answer, stall } = times;
    const transport = openTransport({ secureContext, verify: endpoint.verify, environment, signal, answer, stall });
    // A mirror gets the credentials that are for it, never those for the registry it mirrors.
    const owner = endpoint.isMirror ? endpoint.base.host : domain;
    const { asked, scopes } = wanted;
    const credentials = (): Promise<Credentials | undefined> =>
      wanted.credentials === undefined ? readCredentials(owner, environment, runHelperLazily) : Promise.resolve(wanted.credentials);
    const { onRefreshToken } = wanted;
    return { transport, session: openSession({ endpoint, transport, asked, scopes, credentials, onRefreshToken, options }) };
  });
  return {
    sessions: opened.map(({ session }) => session),
    close() {
      for (const { transport } of opened) transport.close();
    },
  };
}

/** Few have a helper: what starts processes is loaded for them only. */
export const runHelperLazily: HelperRunner = async (...words) => (await import('./helper.ts')).runHelper(...words);

/**
 * The registry's own endpoint that speaks HTTP: asked for `/v2/`, it answers, be it with a refusal.
 * @throws TsrunError as Session.ping
 */
export async function findEndpoint({ sessions }: Sessions): Promise<Session> {
  const own = sessions.filter(({ endpoint }) => !endpoint.isMirror);
  return (await askEach(own, (each) => each.ping())).session;
}

/** The first endpoint's answer; when all fail, the last one's error: it is the registry itself. */
export async function askEach<Result>(
  sessions: readonly Session[],
  ask: (session: Session) => Promise<Result>,
): Promise<{ session: Session; answer: Result }> {
  let failure: unknown;
  for (const session of sessions) {
    try {
      return { session, answer: await ask(session) };
    } catch (error) {
      failure = preferred(failure, error, session);
      if (!mayAskNext(error, session)) throw failure;
    }
  }
  throw failure;
}

/** A mirror may fail in any way; of one registry's two schemes, the second is for hosts that don't speak the first. */
function mayAskNext(error: unknown, session: Session): boolean {
  if (!(error instanceof TsrunError)) return false;
  return session.endpoint.isMirror || (error.code === 'NETWORK' && session.endpoint.base.protocol === 'https:');
}

/** A registry that answered at all says more than a refused connection of its other scheme. */
function preferred(before: unknown, error: unknown, session: Session): unknown {
  const isFallback = session.endpoint.base.protocol === 'http:' && !session.endpoint.isMirror;
  if (!isFallback || !(before instanceof TsrunError) || !(error instanceof TsrunError)) return error;
  return before.errno !== 'EPROTO' && before.errno !== 'ECONNREFUSED' && error.code === 'NETWORK' ? before : error;
}
