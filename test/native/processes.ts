/** Processes by their command line. */
import { readdirSync, readFileSync } from 'node:fs';

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended since it was listed.
    return '';
  }
}

/** Pids whose command line (words ended by NUL) fits, the oldest first. */
export function findProcesses(fits: (command: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && fits(commandLine(name)))
    .map(Number)
    .toSorted((a, b) => a - b);
}
