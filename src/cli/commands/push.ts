/** `tsrun push`: bring an image to its registry. */
import { storeOf } from '../../engine/engine.ts';
import { pushImage } from '../../image/push/push.ts';
import { canonicalName, DEFAULT_TAG, repositoryName } from '../../image/reference/reference.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { readTransferName } from '../options/transfer-name.ts';
import { checkContentTrust } from '../options/values.ts';
import { writeOut } from '../output.ts';
import { transferPrinter } from '../transfer-output.ts';

const STDOUT = 1;

export const command: Command = {
  usage: '[OPTIONS] NAME[:TAG]',
  summary: 'Push an image or a repository to a registry',
  flags: [
    { name: 'all-tags', short: 'a', help: 'Push all tags of an image to the repository' },
    { name: 'disable-content-trust', help: 'Skip image signing (default true)', hidden: true, check: checkContentTrust },
    { name: 'quiet', short: 'q', help: 'Suppress verbose output' },
  ],
  words: { least: 1, most: 1 },
  async run({ options, flags, words }) {
    const all = flags.flag('all-tags');
    const quiet = flags.flag('quiet');
    const { reference, defaulted } = readTransferName(words[0] ?? '', all);
    const report = quiet ? () => {} : transferPrinter(STDOUT, writeOut);
    if (defaulted) report({ type: 'defaultTag', tag: DEFAULT_TAG });
    await pushImage(storeOf(openEngine(options)), reference, { insecureRegistries: options.insecureRegistries }, report);
    if (quiet) writeOut(`${all ? repositoryName(reference) : canonicalName(reference)}\n`);
    return 0;
  },
};
