/** Files of the kernel's: in /proc, in /sys, in a cgroup. */
import { readFileSync } from 'node:fs';

/**
 * Such a file's text. Every command reads a dozen: as UTF-8, which Node reads in one call, and in a third of the time that `latin1` takes.
 * Bytes that aren't UTF-8 (a process may have any name) are replaced. @throws as readFileSync
 */
export const readKernelFile = (path: string): string => readFileSync(path, 'utf8');
