/** `tsrun pause`, `tsrun unpause`: freeze containers, and let them go on. */
import { pausing, unpausing } from '../../engine/pause.ts';
import type { Waiting } from '../../kernel/waiting.ts';
import type { Container } from '../../model/container.ts';
import type { Command } from '../command.ts';
import { forEachAtOnce, openEngine, workingOn } from '../engine.ts';

/** How long one that was named twice waits before it looks whether its first time is over, in milliseconds. */
const LOOK_AGAIN_MS = 5;

function commandFor(summary: string, work: typeof pausing): Command {
  return {
    usage: 'CONTAINER [CONTAINER...]',
    summary,
    flags: [],
    words: { least: 1, most: Infinity },
    run({ options, words }) {
      const engine = openEngine(options);
      const atWork = new Set<string>();
      // The second time is told what the first did.
      const afterOthers = function* (container: Container): Waiting<void> {
        while (atWork.has(container.id)) yield { ms: LOOK_AGAIN_MS };
        atWork.add(container.id);
        try {
          yield* work(engine, container);
        } finally {
          atWork.delete(container.id);
        }
      };
      return forEachAtOnce(options, words, (name) => workingOn(engine, name, afterOthers));
    },
  };
}

export const pause: Command = commandFor('Pause all processes within one or more containers', pausing);
export const unpause: Command = commandFor('Unpause all processes within one or more containers', unpausing);
