/**
 * How Node.js is started for a command that lives for some hundredths of a second, or waits in the native core while a program
 * runs. See docs/decisions/start-flags.md; `bin/tsrun` has the same ones, and the same commands.
 */
export const START_FLAGS = [
  '--no-rehash-snapshot',
  '--single-threaded',
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--min-semi-space-size=4',
  '--v8-pool-size=1',
] as const;

/** Commands that are started so. None of them reads what a registry, an archive or a layer says. */
export const QUICK_COMMANDS = ['run', 'exec', 'start', 'stop', 'rm', '__reclaim', '__restart'] as const;
