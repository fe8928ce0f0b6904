/** Tests that need root: without it they are skipped, and counted as skipped. */
import test, { type ExecutionContext } from 'ava';

/** A test that only root can run. */
export function rootTest(title: string, implementation: (t: ExecutionContext) => Promise<void> | void): void {
  if (process.getuid?.() === 0) test(title, implementation);
  else test.skip(`${title} (needs root)`, implementation);
}

/** A test that only root can run, and only on a machine that has what it `needs`: elsewhere it is skipped, and says so. */
export function rootTestWhere(isThere: boolean, needs: string): typeof rootTest {
  return isThere ? rootTest : (title, implementation) => test.skip(`${title} (needs ${needs})`, implementation);
}
