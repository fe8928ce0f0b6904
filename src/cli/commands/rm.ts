/** `tsrun rm`: remove containers. */
import { removeLink } from '../../engine/remove-link.ts';
import { removeContainer } from '../../engine/remove.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { forEachName, onContainer, openEngine } from '../engine.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Remove one or more containers',
  flags: [
    { name: 'force', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    { name: 'link', short: 'l', help: 'Remove the specified link' },
    { name: 'volumes', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  ],
  words: { least: 1, most: Infinity },
  async run({ options, flags, words }) {
    const engine = openEngine(options);
    const force = flags.flag('force');
    let onlyMissing = true;
    const code = await forEachName(options, words, async (name) => {
      try {
        // Which Docker's client looks at only here.
        if (name.replaceAll('/', '') === '') throw new TsrunError('INVALID_ARGUMENT', 'Container name cannot be empty');
        if (flags.flag('link')) removeLink(engine, name);
        else await onContainer(engine, name, (container) => removeContainer(engine, container, { force, volumes: flags.flag('volumes') }));
      } catch (error) {
        onlyMissing &&= isTsrunError(error, 'NOT_FOUND');
        throw error;
      }
    });
    // With -f one that isn't there is said, and is fine: it is gone, as asked.
    return force && onlyMissing ? 0 : code;
  },
};
