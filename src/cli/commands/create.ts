/** `tsrun create`: make a container, and don't start it. */
import { createOnly } from '../../create.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { listenTo } from '../listener.ts';
import { createFlags } from '../options/run-flags.ts';
import { parseRunRequest } from '../options/run-options.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Create a new container',
  flags: createFlags,
  interspersed: false,
  words: { least: 1, most: Infinity },
  async run({ options, flags, words, name }) {
    const request = parseRunRequest(name, flags, words, process.env);
    writeOut(`${await createOnly(openEngine(options), request, listenTo(options, request.quiet))}\n`);
    return 0;
  },
};
