/** `tsrun kill`: send a signal to containers. */
import { killContainer } from '../../engine/stop.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Container } from '../../model/container.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { containerOf, forEachName, openEngine } from '../engine.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  flags: [{ name: 'signal', short: 's', value: 'string', help: 'Signal to send to the container (default "KILL")' }],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    return forEachName(options, words, (name) => killContainer(engine, named(engine, name), flags.word('signal') ?? 'KILL'));
  },
};

/** Docker says what it wanted to do, of one that isn't there too. */
function named(engine: Engine, name: string): Container {
  try {
    return containerOf(engine, name);
  } catch (error) {
    if (!isTsrunError(error, 'NOT_FOUND')) throw error;
    throw new TsrunError('NOT_FOUND', `Cannot kill container: ${name}: ${error.message}`, { path: name, cause: error });
  }
}
