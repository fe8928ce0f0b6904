/** A tar from the thread that reads one tree to the thread that writes another, through a pipe: the slower one sets the pace. */
import { closeSync, createReadStream } from 'node:fs';
import { LayerUnpacker } from '../../image/layer/unpack.ts';
import type { TreeReader } from '../../image/layer/tree-reader.ts';
import type { ByteString } from '../../image/layer/tar-format.ts';
import { native } from '../../kernel/native.ts';
import type { CopyTarget } from '../../image/layer/worker-protocol.ts';

const CHUNK: number = 256 * 1024;
/** A copy is as large as it is: it comes from a tree of ours, or the user's. */
const NO_LIMITS = { maxBytes: Number.MAX_SAFE_INTEGER / 4, maxEntries: Number.MAX_SAFE_INTEGER };

/** What is at `path` of a tree, with all below it, as a tar whose names begin with `as`. */
export async function* archiveOf(reader: TreeReader, path: ByteString, as: ByteString): AsyncGenerator<Uint8Array, void, undefined> {
  const { read, write } = native().pipe();
  const source = createReadStream('', { fd: read, highWaterMark: CHUNK });
  let failure: unknown;
  const written = reader
    .ask('archive', { path, as, out: write })
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => closeSync(write));
  try {
    for await (const chunk of source) yield chunk as Buffer;
  } finally {
    // Left early, the reader gets EPIPE when it writes on.
    source.destroy();
    await written;
  }
  if (failure !== undefined) throw failure as Error;
}

/**
 * Write a tar into a directory. `host`: the directory of the host that the thread is confined to, where there is no view.
 * @returns bytes of the tar
 */
export async function extractInto(source: AsyncIterable<Uint8Array>, host: string, copy: CopyTarget): Promise<number> {
  const unpacker = new LayerUnpacker({ directory: host, ...NO_LIMITS, copy }, false);
  try {
    for await (const chunk of source) await unpacker.write(chunk);
    const { tarSize } = await unpacker.end();
    return tarSize;
  } finally {
    await unpacker.abort();
  }
}
