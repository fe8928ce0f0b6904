/** `tsrun pause`, `tsrun unpause`: freeze containers, and let them go on. */
import { pauseContainer, unpauseContainer } from '../../engine/pause.ts';
import type { Command } from '../command.ts';
import { forEachName, onContainer, openEngine } from '../engine.ts';

function commandFor(summary: string, work: typeof pauseContainer): Command {
  return {
    usage: 'CONTAINER [CONTAINER...]',
    summary,
    flags: [],
    words: { least: 1, most: Infinity },
    run({ options, words }) {
      const engine = openEngine(options);
      return forEachName(options, words, (name) => onContainer(engine, name, (container) => work(engine, container)));
    },
  };
}

export const pause: Command = commandFor('Pause all processes within one or more containers', pauseContainer);
export const unpause: Command = commandFor('Unpause all processes within one or more containers', unpauseContainer);
