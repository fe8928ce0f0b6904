/**
 * How Node.js is started for frequent commands. None of them reads what a registry, an archive or a layer says.
 * See docs/decisions/start-flags.md; `native/launcher/main.c` has the same flags, for the same commands.
 */

/** For a command that lives for some hundredths of a second, or waits in the native core while a program runs. */
export const QUICK_FLAGS = [
  '--no-rehash-snapshot',
  '--single-threaded',
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--min-semi-space-size=4',
  '--v8-pool-size=1',
  '--regexp-interpret-all',
  '--disable-sigusr1',
  '--openssl-config=/dev/null',
  '--preserve-symlinks-main',
  '--no-global-search-paths',
] as const;

/** For one that does the same to a thousand rows: the quickest of V8's compilers pays there, and no collection does. */
const LIST_FLAGS = ['--no-rehash-snapshot', '--no-opt', '--no-maglev', '--min-semi-space-size=16', '--disable-sigusr1'] as const;

/** By command; all others start as Node.js does. */
export const START_FLAGS: Readonly<Record<string, readonly string[]>> = {
  run: QUICK_FLAGS,
  exec: QUICK_FLAGS,
  start: QUICK_FLAGS,
  stop: QUICK_FLAGS,
  rm: QUICK_FLAGS,
  __compress: QUICK_FLAGS,
  __reclaim: QUICK_FLAGS,
  __restart: QUICK_FLAGS,
  ps: LIST_FLAGS,
};
