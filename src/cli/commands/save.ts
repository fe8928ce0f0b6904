/** `tsrun save`: images as an archive. */
import { chooseImages } from '../../image/archive/save-choice.ts';
import { saveImages, type SaveFormat } from '../../image/archive/save.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { withOutput } from '../output-file.ts';

const FORMATS: readonly SaveFormat[] = ['docker-archive', 'oci-archive'];

export const command: Command = {
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  flags: [
    {
      name: 'format',
      value: 'string',
      help: 'Format of the archive: docker-archive, or oci-archive (default docker-archive)',
      check: parseFormat,
    },
    { name: 'output', short: 'o', value: 'string', help: 'Write to a file, instead of STDOUT' },
  ],
  words: { least: 1, most: Infinity },
  async run({ options, flags, words }) {
    await withOutput(flags.word('output'), 'failed to save image', async (out) => {
      const engine = openEngine(options);
      const store = { paths: engine.paths, database: engine.database() };
      await saveImages(store, chooseImages(store, words), parseFormat(flags.text('format') ?? 'docker-archive'), out);
    });
    return 0;
  },
};

function parseFormat(text: string): SaveFormat {
  const found = FORMATS.find((each) => each === text);
  if (found === undefined) throw new Error(`it must be one of ${FORMATS.join(', ')}`);
  return found;
}
