/** `tsrun update`: change limits and restart policy of containers. */
import { updateContainer } from '../../engine/update.ts';
import { parseSize } from '../../model/size.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { containerOf, forEachName, openEngine } from '../engine.ts';
import { reportWarning } from '../errors.ts';
import { integer, type Flag, type FlagValues } from '../flags.ts';
import { readLimits } from '../options/limits.ts';
import { parseRestart } from '../options/restart.ts';
import { parseCpus, parseMemorySwap, parseUint16 } from '../options/values.ts';

const flags: readonly Flag[] = [
  {
    name: 'blkio-weight',
    value: 'uint16',
    help: 'Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)',
    check: parseUint16,
  },
  { name: 'cpu-period', value: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) period', check: integer },
  { name: 'cpu-quota', value: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) quota', check: integer },
  { name: 'cpu-rt-period', value: 'int', help: 'Limit the CPU real-time period in microseconds', check: integer },
  { name: 'cpu-rt-runtime', value: 'int', help: 'Limit the CPU real-time runtime in microseconds', check: integer },
  { name: 'kernel-memory', value: 'bytes', help: 'Kernel memory limit', hidden: true, check: parseSize },
  { name: 'cpu-shares', short: 'c', value: 'int', help: 'CPU shares (relative weight)', check: integer },
  { name: 'cpus', value: 'decimal', help: 'Number of CPUs', check: parseCpus },
  { name: 'cpuset-cpus', value: 'string', help: 'CPUs in which to allow execution (0-3, 0,1)' },
  { name: 'cpuset-mems', value: 'string', help: 'MEMs in which to allow execution (0-3, 0,1)' },
  { name: 'memory', short: 'm', value: 'bytes', help: 'Memory limit', check: parseSize },
  { name: 'memory-reservation', value: 'bytes', help: 'Memory soft limit', check: parseSize },
  {
    name: 'memory-swap',
    value: 'bytes',
    help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    check: parseMemorySwap,
  },
  { name: 'pids-limit', value: 'int', help: 'Tune container pids limit (set -1 for unlimited)', check: integer },
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
    return forEachName(options, words, (name) => {
      for (const warning of updateContainer(engine, containerOf(engine, name), update)) reportWarning(warning, options.logFormat);
    });
  },
};

function readUpdate(given: FlagValues): Parameters<typeof updateContainer>[2] {
  try {
    const pidsLimit = given.integer('pids-limit');
    const limits = { ...readLimits(given), ...(pidsLimit === undefined ? {} : { pidsLimit }) };
    return { limits, restartPolicy: given.has('restart') ? parseRestart(given.text('restart')) : undefined };
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', (error as Error).message, { exitCode: 1, cause: error });
  }
}
