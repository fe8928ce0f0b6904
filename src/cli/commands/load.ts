/** `tsrun load`: take in images from an archive that `docker save`, skopeo or buildah wrote. */
import { statSync, type Stats } from 'node:fs';
import { loadImages, loadLine } from '../../image/archive/load.ts';
import { native } from '../../kernel/native.ts';
import { TsrunError } from '../../model/errors.ts';
import { storeOf } from '../../engine/engine.ts';
import { shortId } from '../../model/short-id.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { standardInput } from '../input.ts';
import { openFailure, refuseDirectory } from '../open-failure.ts';
import { writeOut } from '../output.ts';
import { transferPrinter } from '../transfer-output.ts';

const STDIN = 0;
const STDOUT = 1;

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Load an image from a tar archive or STDIN',
  flags: [
    { name: 'input', short: 'i', value: 'string', help: 'Read from tar archive file, instead of STDIN' },
    { name: 'quiet', short: 'q', help: 'Suppress the load output' },
  ],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    const input = openInput(flags.word('input'));
    const engine = openEngine(options);
    const progress = !flags.flag('quiet') && native().isTerminal(STDOUT) ? transferPrinter(STDOUT, writeOut) : undefined;
    await loadImages(storeOf(engine), input, (event) => {
      const line = loadLine(event);
      if (line !== undefined) writeOut(`${line}\n`);
      if (event.type !== 'layer') return;
      const { digest, size } = event.layer.descriptor;
      progress?.({ type: 'layer', id: shortId(digest), status: 'Extracting', current: event.bytes, total: size });
    });
    return 0;
  },
};

function openInput(path: string | undefined): string | AsyncIterable<Uint8Array> {
  if (path === undefined) {
    if (native().isTerminal(STDIN)) throw new TsrunError('INVALID_ARGUMENT', 'requested load from stdin, but stdin is empty');
    return standardInput();
  }
  refuseDirectory(path, statFile(path));
  return path;
}

function statFile(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw openFailure(path, error);
  }
}
