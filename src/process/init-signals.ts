/** Why PID 1 of a container may not hear a signal: the kernel gives it none that it has no handler for. Source: pid_namespaces(7). */
import { signalName } from '../model/signals.ts';

/** A mask of /proc/PID/status, e.g. `SigCgt`: bit 0 is signal 1. */
function maskOf(status: string, name: string): bigint {
  const digits = new RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1];
  return BigInt(`0x${digits ?? '0'}`);
}

/** Whether the process is PID 1 of a PID namespace of its own. */
function isInit(status: string): boolean {
  const pids = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  return pids.length > 1 && pids.at(-1) === '1';
}

/**
 * Why a program did not end on a signal, as a sentence, where it could not have heard it.
 * @param status of /proc/PID/status, read while it ran
 * @returns undefined where it handles the signal: then only its author knows
 */
export function explainUnheard(status: string, signal: number): string | undefined {
  const has = (name: string): boolean => (maskOf(status, name) & (1n << BigInt(signal - 1))) !== 0n;
  if (has('SigIgn')) return `its program ignores ${signalName(signal)}`;
  if (has('SigBlk') && !has('SigCgt')) return `its program blocks ${signalName(signal)}`;
  if (!isInit(status) || has('SigCgt')) return undefined;
  return `its program runs as PID 1 and has no handler for ${signalName(signal)}, so the kernel drops it; with --init, or a handler, it ends at once`;
}
