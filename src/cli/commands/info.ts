/** `tsrun info`, `tsrun system info`: what this engine has, and what its host can do. */
import { infoFacts } from '../../engine/info.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { reportWarning } from '../errors.ts';
import { infoText, infoWarnings } from '../format/info.ts';
import { fillFacts } from '../format/facts.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Display system-wide information',
  flags: [{ name: 'format', short: 'f', value: 'string', help: 'Format the output using the given Go template' }],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    const fill = await fillFacts(flags.word('format'), { name: '', types: { '': 'system.info' } });
    const facts = infoFacts(openEngine(options));
    if (fill !== undefined) {
      writeOut(fill(facts));
      return 0;
    }
    writeOut(infoText(facts));
    for (const warning of infoWarnings(facts)) reportWarning(warning, options.logFormat);
    return 0;
  },
};
