/** A plain download: no registry, no credentials. */
import { TsrunError } from '../../model/errors.ts';
import { oneLine } from '../../model/printable.ts';
import { makeSecureContexts } from './certificates.ts';
import { printableUrl } from './failures.ts';
import type { RegistryOptions } from './options.ts';
import { follow } from './redirects.ts';
import { openTransport } from './transport.ts';

/**
 * The bytes at a URL, proxies and certificates as for registries. Leaving the loop ends the connection.
 * @throws TsrunError NETWORK when it can't be reached or breaks off; NOT_FOUND for any answer but 200, in Docker's words
 */
export async function* download(url: URL, options: RegistryOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const transport = openTransport({
    secureContext: makeSecureContexts(options.certificateDirectories),
    verify: true,
    environment: options.environment,
    signal: options.signal,
    answer: options.times.answer,
    stall: options.times.stall,
  });
  try {
    const answer = await follow(transport, { method: 'GET', url, headers: {} });
    if (answer.status !== 200) {
      answer.discard();
      const shown = printableUrl(url);
      throw new TsrunError('NOT_FOUND', `failed to GET ${shown} with status ${answer.status} ${oneLine(answer.statusText)}`, {
        call: 'GET',
        path: shown,
      });
    }
    yield* answer.body();
  } finally {
    transport.close();
  }
}
