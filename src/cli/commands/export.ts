/** `tsrun export`: a container's file system as a tar. */
import { exportContainer } from '../../engine/export.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { withOutput } from '../output-file.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: "Export a container's filesystem as a tar archive",
  flags: [{ name: 'output', short: 'o', value: 'string', help: 'Write to a file, instead of STDOUT' }],
  words: { least: 1, most: 1 },
  async run({ options, flags, words: [name = ''] }) {
    await withOutput(flags.word('output'), 'failed to export container', async (out) => {
      const engine = openEngine(options);
      await onContainer(engine, name, (container) => exportContainer(engine, container, out));
    });
    return 0;
  },
};
