/** `tsrun cp`: copy between a container and the host, or a tar on standard input and output. */
import { copyFromArchive, copyFromHost } from '../../engine/copy/copy-in.ts';
import { copyToArchive, copyToHost } from '../../engine/copy/copy-out.ts';
import { wholePath } from '../../engine/copy/paths.ts';
import { humanSize } from '../../model/size.ts';
import { native } from '../../kernel/native.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { standardInput } from '../input.ts';
import { writeError } from '../output.ts';

const STDOUT = 1;

export const command: Command = {
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\ttsrun cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  summary: 'Copy files/folders between a container and the local filesystem',
  flags: [
    { name: 'archive', short: 'a', help: 'Archive mode (copy all uid/gid information)' },
    { name: 'follow-link', short: 'L', help: 'Always follow symbol link in SRC_PATH' },
    { name: 'quiet', short: 'q', help: 'Suppress progress output during copy' },
  ],
  words: { least: 2, most: 2 },
  async run({ options, flags, words: [source = '', destination = ''] }) {
    const { from, to } = sides(source, destination);
    const engine = openEngine(options);
    const followLink = flags.flag('follow-link');
    const tell = (bytes: number): void => {
      if (!flags.flag('quiet', !native().isTerminal(STDOUT))) writeError(`Successfully copied ${humanSize(bytes)} to ${destination}\n`);
    };
    if (from.container !== undefined) {
      const request = { path: from.path, followLink };
      await onContainer(engine, from.container, async (container) => {
        if (to.path === '-') await copyToArchive(engine, container, request, STDOUT);
        else tell(await copyToHost(engine, container, request, wholePath(process.cwd(), to.path)));
      });
      return 0;
    }
    const request = { path: to.path, archive: flags.flag('archive') };
    await onContainer(engine, to.container ?? '', async (container) => {
      if (from.path !== '-') return tell(await copyFromHost(engine, container, request, wholePath(process.cwd(), from.path), followLink));
      await copyFromArchive(engine, container, request, standardInput());
    });
    return 0;
  },
};

interface Side {
  /** undefined: the host. */
  container: string | undefined;
  path: string;
}

function sides(source: string, destination: string): { from: Side; to: Side } {
  if (source === '') throw new TsrunError('INVALID_ARGUMENT', 'source can not be empty');
  if (destination === '') throw new TsrunError('INVALID_ARGUMENT', 'destination can not be empty');
  const [from, to] = [readSide(source), readSide(destination)];
  if (from.container !== undefined && to.container !== undefined)
    throw new TsrunError('INVALID_ARGUMENT', 'copying between containers is not supported');
  if (from.container === undefined && to.container === undefined)
    throw new TsrunError('INVALID_ARGUMENT', 'must specify at least one container source');
  return { from, to };
}

/** `CONTAINER:PATH`; what begins with a slash or a dot is a path of the host, whatever follows. */
function readSide(text: string): Side {
  const colon = text.indexOf(':');
  if (colon <= 0 || text.startsWith('/') || text.startsWith('.')) return { container: undefined, path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}
