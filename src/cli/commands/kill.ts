/** `tsrun kill`: send a signal to containers. */
import { killing } from '../../engine/stop.ts';
import type { Waiting } from '../../kernel/waiting.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import { parseSignal } from '../../process/signals.ts';
import type { Command } from '../command.ts';
import { forEachAtOnce, openEngine, workingOn } from '../engine.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  flags: [{ name: 'signal', short: 's', value: 'string', help: 'Signal to send to the container (default "KILL")' }],
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    const signal = flags.word('signal') ?? 'KILL';
    return forEachAtOnce(options, words, function* (name) {
      // Before the name is looked at, as Docker does.
      parseSignal(signal);
      yield* saying(
        name,
        workingOn(engine, name, (container) => killing(engine, container, signal)),
      );
    });
  },
};

/** Docker says what it wanted to do, of one that isn't there too. */
function* saying(name: string, work: Waiting<void>): Waiting<void> {
  try {
    yield* work;
  } catch (error) {
    if (!isTsrunError(error, 'NOT_FOUND')) throw error;
    throw new TsrunError('NOT_FOUND', `Cannot kill container: ${name}: ${error.message}`, { path: name, cause: error });
  }
}
