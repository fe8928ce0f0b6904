/** `tsrun push`: bring an image to its registry. */
import { pushImage } from '../../image/push/push.ts';
import { parseWithoutDefaultTag } from '../../image/reference/parse.ts';
import { canonicalName, DEFAULT_TAG, repositoryName } from '../../image/reference/reference.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
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
    const given = parseWithoutDefaultTag(words[0] ?? '');
    if (all && (given.tag !== undefined || given.digest !== undefined))
      throw new TsrunError('INVALID_ARGUMENT', "tag can't be used with --all-tags/-a");
    const isBare = !all && given.tag === undefined && given.digest === undefined;
    const reference = isBare ? { ...given, tag: DEFAULT_TAG } : given;
    const report = quiet ? () => {} : transferPrinter(STDOUT, writeOut);
    if (isBare && !quiet) report({ type: 'defaultTag', tag: DEFAULT_TAG });
    const engine = openEngine(options);
    const store = { paths: engine.paths, database: engine.database() };
    await pushImage(store, reference, { insecureRegistries: options.insecureRegistries }, report);
    if (quiet) writeOut(`${all ? repositoryName(reference) : canonicalName(reference)}\n`);
    return 0;
  },
};
