/** Whether our own terminal can be the program's. */
import { native } from '../kernel/native.ts';
import { UsageError } from './usage-error.ts';

const STDIN = 0;

/**
 * A terminal inside needs one outside, where keys are to come from it.
 * @throws UsageError in Docker's words, exit code 1
 */
export function checkTerminal(command: string, wanted: { terminal: boolean; stdin: boolean }): void {
  if (!wanted.terminal || !wanted.stdin) return;
  if (!native().isTerminal(STDIN)) throw new UsageError(command, 'the input device is not a TTY', 1);
}

export const isTerminal = (fd: number): boolean => native().isTerminal(fd);
