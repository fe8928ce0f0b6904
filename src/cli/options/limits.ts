/** Limits, of `run`, `create` and `update`. */
import type { ResourceLimits } from '../../model/container.ts';
import { parseSize } from '../../model/size.ts';
import type { FlagValues } from '../flags.ts';
import { parseCpus, parseMemorySwap } from './values.ts';

/** Those that were asked for. */
export function readLimits(flags: FlagValues): ResourceLimits {
  const limits: ResourceLimits = {};
  const bytes = (name: string): number => parseSize(flags.word(name) ?? '0');
  // 0 is Docker's way to say "not limited".
  const memory = bytes('memory');
  if (memory !== 0) limits.memory = memory;
  const reservation = bytes('memory-reservation');
  if (reservation !== 0) limits.memoryReservation = reservation;
  const swap = parseMemorySwap(flags.word('memory-swap') ?? '0');
  if (swap !== 0) limits.memorySwap = swap;
  const cpus = parseCpus(flags.word('cpus') ?? '0');
  if (cpus !== 0) limits.cpus = cpus;
  const shares = flags.integer('cpu-shares') ?? 0;
  if (shares !== 0) limits.cpuShares = shares;
  const pids = flags.integer('pids-limit') ?? 0;
  if (pids > 0) limits.pidsLimit = pids;
  const score = flags.integer('oom-score-adj') ?? 0;
  if (score !== 0) limits.oomScoreAdj = score;
  if (flags.flag('oom-kill-disable')) limits.oomKillDisable = true;
  const [cpuset, mems] = [flags.word('cpuset-cpus'), flags.word('cpuset-mems')];
  if (cpuset !== undefined) limits.cpusetCpus = cpuset;
  if (mems !== undefined) limits.cpusetMems = mems;
  return limits;
}
