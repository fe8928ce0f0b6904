/** A body read whole, up to a limit. */
import { TsrunError } from '../../model/errors.ts';
import { printableUrl } from './failures.ts';
import type { Answer } from './transport.ts';

/** @throws TsrunError REGISTRY when there are more than `limit` bytes; NETWORK as the body does. */
export async function readBytes(answer: Answer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body()) {
    size += chunk.length;
    if (size > limit)
      throw new TsrunError('REGISTRY', `${printableUrl(answer.url)}: the answer is longer than ${limit} bytes`, {
        step: 1,
        path: printableUrl(answer.url),
      });
    chunks.push(chunk);
  }
  const promised = answer.headers['content-length'];
  if (promised !== undefined && Number(promised) !== size) {
    throw new TsrunError('NETWORK', `${printableUrl(answer.url)}: ${size} of ${promised} bytes came`, {
      step: 1,
      path: printableUrl(answer.url),
      errno: 'ECONNRESET',
    });
  }
  return Buffer.concat(chunks);
}

/** As `readBytes`, as text. */
export async function readText(answer: Answer, limit: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(answer, limit));
}
