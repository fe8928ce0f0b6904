/** `tsrun pull`: bring an image here from its registry. */
import { pullAllTags, pullImage } from '../../image/pull/pull.ts';
import { DEFAULT_TAG, canonicalName, repositoryName } from '../../image/reference/reference.ts';
import { storeOf } from '../../engine/engine.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { readPlatform } from '../options/namespaces.ts';
import { readTransferName } from '../options/transfer-name.ts';
import { checkContentTrust } from '../options/values.ts';
import { writeOut } from '../output.ts';
import { transferPrinter } from '../transfer-output.ts';

const STDOUT = 1;

export const command: Command = {
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  summary: 'Pull an image or a repository from a registry',
  flags: [
    { name: 'all-tags', short: 'a', help: 'Download all tagged images in the repository' },
    { name: 'disable-content-trust', help: 'Skip image verification (default true)', hidden: true, check: checkContentTrust },
    { name: 'platform', value: 'string', help: 'Set platform if server is multi-platform capable' },
    { name: 'quiet', short: 'q', help: 'Suppress verbose output' },
  ],
  words: { least: 1, most: 1 },
  async run({ options, flags, words }) {
    const all = flags.flag('all-tags');
    const { reference, defaulted } = readTransferName(words[0] ?? '', all);
    const store = storeOf(openEngine(options));
    const report = flags.flag('quiet') ? () => {} : transferPrinter(STDOUT, writeOut);
    // Said before anything else can be wrong, as Docker's client does.
    if (defaulted && !all) report({ type: 'defaultTag', tag: DEFAULT_TAG });
    const platform = readPlatform(flags.text('platform'));
    const pullOptions = { platform, insecureRegistries: options.insecureRegistries, registryMirrors: options.registryMirrors };
    if (all) {
      await pullAllTags(store, reference, pullOptions, report);
      writeOut(`${repositoryName(reference)}\n`);
      return 0;
    }
    await pullImage(store, reference, pullOptions, report);
    writeOut(`${canonicalName(reference)}\n`);
    return 0;
  },
};
