/** `tsrun import`: an image from the tar of a file system. */
import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { importImage } from '../../image/archive/import.ts';
import { asPlatform } from '../../image/pull/check-platform.ts';
import { newImageName } from '../../image/reference/new-name.ts';
import { storeOf } from '../../engine/engine.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { openFailure, refuseDirectory } from '../open-failure.ts';
import { readPlatform } from '../options/namespaces.ts';
import { writeOut } from '../output.ts';

const STDIN = 0;
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
    const isUrl = /^https?:\/\//.test(source);
    const platform = readPlatform(flags.text('platform'));
    const bytes = isUrl ? await openUrl(source) : openFile(source);
    const engine = openEngine(options);
    const { id } = await importImage(storeOf(engine), bytes, {
      changes: flags.list('change'),
      message: flags.word('message') ?? `Imported from ${isUrl ? source : '-'}`,
      platform: platform === undefined ? undefined : asPlatform(platform),
      name: image,
    });
    writeOut(`${id}\n`);
    return 0;
  },
};

function openFile(path: string): AsyncIterable<Uint8Array> {
  if (path === '-') return createReadStream('', { fd: STDIN, autoClose: false, highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>;
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

async function openUrl(text: string): Promise<AsyncIterable<Uint8Array>> {
  const [{ download }, { registryOptions }] = await Promise.all([
    import('../../image/registry/download.ts'),
    import('../../image/registry/options.ts'),
  ]);
  writeOut(`Downloading from ${text}\n`);
  return download(new URL(text), registryOptions({}));
}
