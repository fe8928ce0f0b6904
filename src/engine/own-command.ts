/** How this engine calls itself: for its monitors' clean-up, for restarts, and for the supervisor. */
import { detectCgroups, enterMonitorCgroup } from '../kernel/cgroup/index.ts';
import type { Engine } from './engine.ts';
import { QUICK_FLAGS } from './start-flags.ts';

/** Program and arguments of `tsrun WORDS…` for the same engine, started as a quick command is. */
export function quickCommand(engine: Engine, ...words: string[]): string[] {
  return ownCommand(engine, QUICK_FLAGS, words);
}

/** Program and arguments of `tsrun WORDS…` for the same engine, with flags of Node.js. */
export function ownCommand({ paths, options }: Engine, flags: readonly string[], words: readonly string[]): string[] {
  const [node, ...program] = options.program ?? [process.execPath, process.argv[1] ?? ''];
  return [node ?? '', ...flags, ...program, '--root', paths.root, '--state', paths.state, '--bridge', options.bridge, ...words];
}

/** What a process that outlives us gets: descriptors of ours, from 3 on, and an environment. */
interface Inheritance {
  descriptors?: readonly number[];
  environment?: Readonly<Record<string, string>>;
}

/** Start a process that outlives us, in a session of its own, with nothing of ours but what is given. */
export function startDetached(program: readonly string[], { descriptors = [], environment = {} }: Inheritance = {}): void {
  // Not imported above: whoever needs no such process pays nothing for it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const [path = '', ...words] = program;
  const child = spawn(path, words, { detached: true, cwd: '/', env: environment, stdio: ['ignore', 'ignore', 'ignore', ...descriptors] });
  child.on('error', () => {
    // It can't be started: the lock that it was to hold is free when we end, and the next command sees to it.
  });
  if (child.pid !== undefined) enterMonitorCgroup(detectCgroups(), child.pid);
  child.unref();
}
