/** `tsrun start`: start containers that were made before. */
import { startContainer } from '../../engine/start-again.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { containerOf, onContainer, openEngine, reportAll } from '../engine.ts';
import { listenTo } from '../listener.ts';
import { writeError, writeOut } from '../output.ts';
import { readDetachKeys } from '../options/detach-keys.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Start one or more stopped containers',
  flags: [
    { name: 'attach', short: 'a', help: 'Attach STDOUT/STDERR and forward signals' },
    { name: 'detach-keys', value: 'string', help: 'Override the key sequence for detaching a container' },
    { name: 'interactive', short: 'i', help: "Attach container's STDIN" },
  ],
  words: { least: 1, most: Infinity },
  async run({ options, flags, words }) {
    const engine = openEngine(options);
    const listener = listenTo(options, true);
    const attach = flags.flag('attach') || flags.flag('interactive');
    if (!attach) {
      const failed: string[] = [];
      // Errors are told at once here, as by Docker's client.
      for (const name of words) {
        try {
          await onContainer(engine, name, (container) => startContainer(engine, container, undefined, listener));
          writeOut(`${name}\n`);
        } catch (error) {
          failed.push(name);
          reportAll(options, [error]);
        }
      }
      if (failed.length > 0 && options.logFormat === 'text') writeError(`Error: failed to start containers: ${failed.join(', ')}\n`);
      return failed.length === 0 ? 0 : 1;
    }
    if (words.length > 1)
      throw new TsrunError('INVALID_ARGUMENT', 'you cannot start and attach multiple containers at once', { exitCode: 1 });
    try {
      const container = containerOf(engine, words[0] ?? '');
      const result = await startContainer(
        engine,
        container,
        {
          streams: flags.flag('interactive') && container.config.openStdin ? ['stdin', 'stdout', 'stderr'] : ['stdout', 'stderr'],
          detachKeys: readDetachKeys(flags.text('detach-keys') ?? ''),
          signalProxy: !container.config.terminal,
        },
        listener,
      );
      return result.exitCode;
    } catch (error) {
      // A program that can't be executed is 126 or 127 for `run` alone.
      return reportAll(options, [error]);
    }
  },
};
