/** What containers use, as the kernel counts it: two looks, and what lies between them. Source of the rules: docker/cli, command/container/stats_helpers.go. */
import { totalmem } from 'node:os';
import { readKernelFile } from '../kernel/kernel-file.ts';
import { detectCgroups, readUsage } from '../kernel/cgroup/index.ts';
import { isAlive, type Container } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { containerCgroup } from '../state/paths.ts';

/** One look at a container. Bytes, nanoseconds, processes. */
export interface StatsSample {
  /** Milliseconds of a clock that nobody sets. */
  at: number;
  cpu: number;
  memory: number;
  /** The host's memory, where there is no limit. */
  memoryLimit: number;
  received: number;
  sent: number;
  read: number;
  written: number;
  pids: number;
}

/** A look, and the share of one processor since the one before: 100 is a whole one. */
export interface ContainerStats extends StatsSample {
  cpuPercent: number;
}

const NOTHING = { cpu: 0, memory: 0, memoryLimit: 0, received: 0, sent: 0, read: 0, written: 0, pids: 0 };

/** Look at a container now. One that doesn't run uses nothing. */
export function takeSample(container: Container): StatsSample {
  const { config, state } = container;
  const at = performance.now();
  if (!isAlive(state)) return { at, ...NOTHING };
  const usage = readUsage(detectCgroups(), containerCgroup(container));
  // The host's own traffic is nobody's.
  const traffic = config.network.type === 'host' ? { received: 0, sent: 0 } : readTraffic(state.pid);
  return {
    at,
    cpu: usage.cpuTotal ?? 0,
    memory: usage.memory ?? 0,
    memoryLimit: Math.min(usage.memoryLimit ?? Infinity, totalmem()),
    ...traffic,
    read: usage.blockRead ?? 0,
    written: usage.blockWritten ?? 0,
    pids: usage.pids ?? 0,
  };
}

/** What a container used between two looks. */
export function statsBetween(before: StatsSample, now: StatsSample): ContainerStats {
  const elapsedNs = (now.at - before.at) * 1e6;
  const cpuPercent = elapsedNs > 0 && now.cpu > before.cpu ? ((now.cpu - before.cpu) / elapsedNs) * 100 : 0;
  return { ...now, cpuPercent };
}

/** Bytes through the interfaces of a process's network namespace, but for lo. */
function readTraffic(pid: number): { received: number; sent: number } {
  try {
    return parseTraffic(readKernelFile(`/proc/${pid}/net/dev`));
  } catch (error) {
    // It ended meanwhile.
    if (hasErrno(error, 'ENOENT', 'ESRCH', 'EINVAL')) return { received: 0, sent: 0 };
    throw error;
  }
}

/** The text of /proc/PID/net/dev. */
export function parseTraffic(text: string): { received: number; sent: number } {
  const total = { received: 0, sent: 0 };
  for (const line of text.split('\n')) {
    const [name, counts] = line.split(':');
    if (counts === undefined || name?.trim() === 'lo') continue;
    const fields = counts.trim().split(/\s+/).map(Number);
    total.received += fields[0] ?? 0;
    total.sent += fields[8] ?? 0;
  }
  return total;
}
