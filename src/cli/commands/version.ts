/** `tsrun version`. */
import { versionFacts } from '../../engine/version.ts';
import type { Command } from '../command.ts';
import { fillFacts } from '../format/facts.ts';
import { versionText } from '../format/version.ts';
import { writeOut } from '../output.ts';

/** As Docker's errors call what a template is filled with. */
const NAMES = { name: 'version', types: { '': 'system.versionInfo', Client: 'system.clientVersion', Server: '*types.Version' } };

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Show the tsrun version information',
  flags: [{ name: 'format', short: 'f', value: 'string', help: 'Format the output using the given Go template' }],
  words: { least: 0, most: 0 },
  async run({ flags }) {
    const fill = await fillFacts(flags.word('format'), NAMES);
    const facts = versionFacts();
    writeOut(fill === undefined ? versionText(facts) : fill(facts));
    return 0;
  },
};
