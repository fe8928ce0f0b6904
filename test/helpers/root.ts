/** Tests that need root: without it they are skipped, and counted as skipped. */
import test, { type ExecutionContext } from 'ava';

/** A test that only root can run. */
export function rootTest(title: string, implementation: (t: ExecutionContext) => Promise<void> | void): void {
  if (process.getuid?.() === 0) test(title, implementation);
  else test.skip(`${title} (needs root)`, implementation);
}
