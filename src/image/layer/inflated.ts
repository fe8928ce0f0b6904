/** What is read from a stream, inflated where it is compressed; by a program of the host where Node has no code for it. */
import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { TsrunError } from '../../model/errors.ts';
import { createInflater, detectCompression, MAGIC_BYTES } from './inflate.ts';

/** Compressions that a program inflates, by the first bytes. */
const PROGRAMS: readonly { magic: readonly number[]; name: string; words: readonly string[] }[] = [
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'xz', words: ['-d', '-c', '-q'] },
  { magic: [0x42, 0x5a, 0x68], name: 'bzip2', words: ['-d', '-c', '-q'] },
];

/** What bytes with this beginning are compressed with. */
export const compressionOf = (head: Uint8Array): string => programFor(head)?.name ?? detectCompression(head);

/** Whether bytes with this beginning are compressed in any way that is known here. */
export const isCompressed = (head: Uint8Array): boolean => compressionOf(head) !== 'none';

function programFor(head: Uint8Array): (typeof PROGRAMS)[number] | undefined {
  return PROGRAMS.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
}

/** Look at the beginning: what there is of it, and all of the source with it. */
export async function peek(source: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  let head: Buffer = Buffer.alloc(0);
  const iterator = source[Symbol.asyncIterator]();
  while (head.length < MAGIC_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, whole: whole() };
}

/** @throws TsrunError CORRUPT for what can't be inflated, UNSUPPORTED without the program that it takes */
export async function* inflated(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, whole } = await peek(source);
  const program = programFor(head);
  const compression = program === undefined ? detectCompression(head) : 'none';
  if (program !== undefined) yield* throughProgram(whole, program.name, program.words);
  else if (compression === 'none') yield* whole;
  else yield* throughStream(whole, createInflater(compression));
}

async function* throughStream(
  source: AsyncIterable<Uint8Array>,
  inflater: NodeJS.ReadWriteStream,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sourceError: Error | undefined;
  const watched = watch(source, (error) => (sourceError = error));
  const piped = pipeline(watched, inflater).catch(() => {});
  try {
    for await (const chunk of inflater) yield chunk as Buffer;
  } catch (error) {
    // What broke where the bytes come from is no fault of the bytes.
    throw sourceError ?? new TsrunError('CORRUPT', `the archive can't be decompressed: ${(error as Error).message}`, { cause: error });
  } finally {
    await piped;
  }
}

async function* watch(source: AsyncIterable<Uint8Array>, failed: (error: Error) => void): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    failed(error as Error);
    throw error;
  }
}

async function* throughProgram(
  source: AsyncIterable<Uint8Array>,
  name: string,
  words: readonly string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const child = spawn(name, words, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | NodeJS.ErrnoException>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code) => resolve(code ?? -1));
  });
  let sourceError: Error | undefined;
  // A program that stops early says so by its exit code.
  const fed = pipeline(
    watch(source, (error) => (sourceError = error)),
    child.stdin,
  ).catch(() => {});
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await fed;
    const end = await ended;
    if (sourceError !== undefined) throw sourceError;
    if (typeof end !== 'number')
      throw new TsrunError('UNSUPPORTED', `the archive is compressed with ${name}, which is not installed`, {
        hint: `install ${name}`,
        cause: end,
      });
    if (end !== 0) throw new TsrunError('CORRUPT', `the archive can't be decompressed: ${name} says that it is damaged`);
  } finally {
    child.kill();
  }
}
