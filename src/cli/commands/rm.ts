/** `tsrun rm`: remove containers. */
import { removeLink } from '../../engine/remove-link.ts';
import { removing } from '../../engine/remove.ts';
import type { Waiting } from '../../kernel/waiting.ts';
import type { Container } from '../../model/container.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { forEachAtOnce, openEngine, workingOn } from '../engine.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Remove one or more containers',
  flags: [
    { name: 'force', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    { name: 'link', short: 'l', help: 'Remove the specified link' },
    { name: 'volumes', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  ],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    const how = { force: flags.flag('force'), volumes: flags.flag('volumes') };
    const begun = new Set<string>();
    const remove = function* (name: string): Waiting<void> {
      // Which Docker's client looks at only here.
      if (name.replaceAll('/', '') === '') throw new TsrunError('INVALID_ARGUMENT', 'Container name cannot be empty');
      if (flags.flag('link')) return removeLink(engine, name);
      yield* workingOn(engine, name, (container) => once(begun, name, container, removing(engine, container, how)));
    };
    // With -f one that isn't there is said, and is fine: it is gone, as asked.
    return forEachAtOnce(options, words, remove, (error) => how.force && isTsrunError(error, 'NOT_FOUND'));
  },
};

/** A container that was named twice: Docker says so, unless the first time failed before. */
function* once(begun: Set<string>, name: string, { id }: Container, work: Waiting<void>): Waiting<void> {
  if (begun.has(id)) throw new TsrunError('CONFLICT', `removal of container ${name} is already in progress`, { path: id });
  begun.add(id);
  try {
    yield* work;
  } catch (error) {
    begun.delete(id);
    throw error;
  }
}
