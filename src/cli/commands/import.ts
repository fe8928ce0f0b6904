/** `tsrun import`: an image from the tar of a file system. */
import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { importImage } from '../../image/archive/import.ts';
import { asPlatform } from '../../image/pull/check-platform.ts';
import { newImageName } from '../../image/reference/new-name.ts';
import { storeOf } from '../../engine/engine.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { standardInput } from '../input.ts';
import { openFailure, refuseDirectory } from '../open-failure.ts';
import { readPlatform } from '../options/namespaces.ts';
import { writeOut } from '../output.ts';

const CHUNK: number = 256 * 1024;

export const command: Command = {
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  summary: 'Import the contents from a tarball to create a filesystem image',
  flags: [
    { name: 'change', short: 'c', value: 'list', help: 'Apply Dockerfile instruction to the created image' },
    { name: 'message', short: 'm', value: 'string', help: 'Set commit message for imported image' },
    { name: 'platform', value: 'string', help: 'Set platform if server is multi-platform capable' },
  ],
  words: { least: 1, most: 2 },
  async run({ options, flags, words: [source = '', name] }) {
    const image = newImageName(name);
    const url = readUrl(source);
    const platform = readPlatform(flags.text('platform'));
    const bytes = url === undefined ? openFile(source) : await openUrl(source, url);
    const engine = openEngine(options);
    const { id } = await importImage(storeOf(engine), bytes, {
      changes: flags.list('change'),
      message: flags.word('message') ?? `Imported from ${url === undefined ? '-' : shownUrl(source, url)}`,
      platform: platform === undefined ? undefined : asPlatform(platform),
      name: image,
    });
    writeOut(`${id}\n`);
    return 0;
  },
};

function openFile(path: string): AsyncIterable<Uint8Array> {
  if (path === '-') return standardInput(CHUNK);
  const fd = openOrSay(path);
  refuseDirectory(path, fstatSync(fd));
  return createReadStream('', { fd, highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>;
}

function openOrSay(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw openFailure(path, error);
  }
}

/** @throws TsrunError INVALID_ARGUMENT for what begins as a URL and is none */
function readUrl(text: string): URL | undefined {
  if (!/^https?:\/\//.test(text)) return undefined;
  if (URL.canParse(text)) return new URL(text);
  throw new TsrunError('INVALID_ARGUMENT', `invalid URL: ${text}`, { path: text });
}

/** As it was typed; but others read it in the image's history: a password stays out of it, and a query, which may be a signature. */
function shownUrl(text: string, url: URL): string {
  const isSecret = url.username !== '' || url.password !== '' || url.search !== '';
  return isSecret ? `${url.protocol}//${url.host}${url.pathname}` : text;
}

async function openUrl(text: string, url: URL): Promise<AsyncIterable<Uint8Array>> {
  const [{ download }, { registryOptions }] = await Promise.all([
    import('../../image/registry/download.ts'),
    import('../../image/registry/options.ts'),
  ]);
  writeOut(`Downloading from ${shownUrl(text, url)}\n`);
  return download(url, registryOptions({}));
}
