/** `tsrun update`: change limits and restart policy of containers. */
import { updateContainer } from '../../engine/update.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { forEachName, onContainer, openEngine } from '../engine.ts';
import { reportWarning } from '../errors.ts';
import type { Flag, FlagValues } from '../flags.ts';
import { limitFlags } from '../options/limit-flags.ts';
import { readLimits } from '../options/limits.ts';
import { parseRestart } from '../options/restart.ts';

const flags: readonly Flag[] = [
  ...limitFlags,
  { name: 'restart', value: 'string', help: 'Restart policy to apply when a container exits' },
];

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Update configuration of one or more containers',
  flags,
  words: { least: 1, most: Infinity },
  run({ options, flags: given, words }) {
    if (!flags.some(({ name }) => given.has(name))) {
      throw new TsrunError('INVALID_ARGUMENT', 'you must provide one or more flags when using this command', { exitCode: 1 });
    }
    const update = readUpdate(given);
    const engine = openEngine(options);
    return forEachName(options, words, async (name) => {
      const warnings = await onContainer(engine, name, (container) => updateContainer(engine, container, update));
      for (const warning of warnings) reportWarning(warning, options.logFormat);
    });
  },
};

function readUpdate(given: FlagValues): Parameters<typeof updateContainer>[2] {
  try {
    const pidsLimit = given.integer('pids-limit');
    const limits = { ...readLimits(given), ...(pidsLimit === undefined ? {} : { pidsLimit: Math.max(pidsLimit, 0) }) };
    return { limits, restartPolicy: given.has('restart') ? parseRestart(given.text('restart')) : undefined };
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', (error as Error).message, { exitCode: 1, cause: error });
  }
}
