/** `tsrun rmi`, `tsrun image rm`: remove images by name or ID. */
import { removeImage } from '../../engine/images/remove.ts';
import { isTsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { reportError } from '../errors.ts';
import { removalLine } from '../format/removals.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Remove one or more images',
  flags: [
    { name: 'force', short: 'f', help: 'Force removal of the image' },
    { name: 'no-prune', help: 'Do not delete untagged parents' },
  ],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    const force = flags.flag('force');
    const failures: unknown[] = [];
    for (const word of words) {
      try {
        const records = removeImage(engine, word, { force, pruneParents: !flags.flag('no-prune') });
        writeOut(records.map((record) => `${removalLine(record)}\n`).join(''));
      } catch (error) {
        failures.push(error);
      }
    }
    for (const error of failures) reportError(error, { debug: options.debug, logFormat: options.logFormat, exitCode: 1 });
    // With -f, one that isn't here is said, and is fine: it is gone, as asked.
    return failures.every((error) => force && isTsrunError(error, 'NOT_FOUND')) ? 0 : 1;
  },
};
