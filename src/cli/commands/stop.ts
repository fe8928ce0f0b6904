/** `tsrun stop`: ask containers to end, and make them after a while. */
import { stopping } from '../../engine/stop.ts';
import type { Command } from '../command.ts';
import { forEachAtOnce, openEngine, workingOn } from '../engine.ts';
import { readStopFlags, stopFlags } from '../options/stop-flags.ts';
import { writeError } from '../output.ts';
import { isTerminal } from '../terminal.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Stop one or more running containers',
  flags: stopFlags,
  words: { least: 1, most: Infinity },
  run({ options, flags, words }) {
    const engine = openEngine(options);
    return forEachAtOnce(options, words, (name) =>
      workingOn(engine, name, (container) =>
        stopping(engine, container, {
          ...readStopFlags(flags),
          // For a person only: a script's stderr is as Docker's.
          ...(isTerminal(2) ? { hint: (sentence) => writeError(`${sentence}\n`) } : {}),
        }),
      ),
    );
  },
};
