/** An engine of its own for a test: its own data root, state, bridge and network namespace. Any number live side by side. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { fixture, type FixtureName } from '../../rootfs-fixtures/fixtures.ts';
import { command, type CommandOptions, type Outcome, type Running, start } from './command.ts';
import { findLeaks, findNetworkLeaks, type Traces } from './leaks.ts';
import { createNetworkNamespace } from './namespaces.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { until } from './wait.ts';

/** The command as a user runs it. */
export const PROGRAM: string = join(import.meta.dirname, '../../bin/tsrun');

export interface TestEngine extends Traces {
  /** A folder for the test's own files; it goes with the engine. */
  directory: string;
  /** What tells the command which engine it is. */
  environment: Record<string, string>;
  /** Run `tsrun WORDS…` to its end. */
  tsrun(words: readonly string[], options?: CommandOptions): Promise<Outcome>;
  /** Run it; it must succeed. What it printed, without the last newline. */
  ok(...words: string[]): Promise<string>;
  /** Start it, with pipes. */
  start(words: readonly string[], options?: CommandOptions): Running;
  /** Start it on a terminal. */
  terminal(words: readonly string[]): Promise<Terminal>;
}

/** What a test does at its end, for one that was killed (or whose file AVA gave up): nobody else knows its engine. */
const REMOVE_ENGINE =
  // Not in its environment before: that is how tests find the engine's own processes.
  'export TSRUN_ROOT="$2/root" TSRUN_STATE="$2/state" TSRUN_BRIDGE="$3"; ' +
  '"$1" ps --all --quiet --no-trunc | xargs -r "$1" rm --force --volumes; "$1" down --time 0; rm -rf "$2"';

/** Engines that may live at a time in one process: AVA starts all tests of a file at once, and a machine has few CPUs. */
const MAXIMUM_ENGINES = 3;
let engines = 0;
const waiting: (() => void)[] = [];

async function enterQueue(): Promise<void> {
  if (engines === MAXIMUM_ENGINES) await new Promise<void>((resolve) => waiting.push(resolve));
  else engines++;
}

/** Let the next one in, in our place. */
function leaveQueue(): void {
  const next = waiting.shift();
  if (next === undefined) engines--;
  else next();
}

/** Make an engine that knows `images`. When the test ends, its containers are removed and nothing of them may be left. */
export async function startEngine(t: ExecutionContext, ...images: FixtureName[]): Promise<TestEngine> {
  await enterQueue();
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-test-'));
  const [root, state] = [join(directory, 'root'), join(directory, 'state')];
  const bridge = `tst${randomBytes(4).toString('hex')}`;
  const environment = { TSRUN_ROOT: root, TSRUN_STATE: state, TSRUN_BRIDGE: bridge };
  const network = await createNetworkNamespace(undefined, { script: REMOVE_ENGINE, words: [PROGRAM, directory, bridge] });
  const containers = watchContainers(state);
  const withEnvironment = (options: CommandOptions): CommandOptions => ({
    ...options,
    environment: { ...environment, ...options.environment },
  });

  const engine: TestEngine = {
    root,
    state,
    bridge,
    network,
    ids: containers.ids,
    directory,
    environment,
    tsrun: (words, options = {}) => command(...network.enter(PROGRAM, words), withEnvironment(options)),
    start: (words, options = {}) => start(...network.enter(PROGRAM, words), withEnvironment(options)),
    terminal: (words) => openTerminal(t, ...network.enter(PROGRAM, words), environment),
    ok: async (...words) => {
      const outcome = await engine.tsrun(words);
      if (outcome.code !== 0)
        throw new Error(`tsrun ${words.join(' ')}: ${outcome.code ?? outcome.signal}\n${outcome.stderr}${outcome.stdout}`);
      return outcome.stdout.replace(/\n$/, '');
    },
  };

  t.teardown(async () => {
    try {
      await removeContainers(engine);
      const leaks = await findLeaks(engine);
      await engine.ok('down');
      leaks.push(...(await findNetworkLeaks(network)));
      if (leaks.length > 0) throw new Error(`left behind:\n${leaks.join('\n')}`);
    } finally {
      containers.close();
      await network.remove();
      rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      leaveQueue();
    }
  });
  for (const image of images) await engine.ok('load', '--quiet', '--input', fixture(image));
  return engine;
}

/** One that ends by itself may be gone, or going, before we come to it: that is said, and no failure. */
async function removeContainers(engine: TestEngine): Promise<void> {
  const left = (await engine.ok('ps', '--all', '--quiet', '--no-trunc')).split('\n').filter((id) => id !== '');
  if (left.length === 0) return;
  const { code, stderr } = await engine.tsrun(['rm', '--force', '--volumes', ...left]);
  const wrong = stderr.split('\n').filter((line) => line !== '' && !/No such container|is already in progress/.test(line));
  if (wrong.length > 0 || (code !== 0 && stderr === '')) throw new Error(`rm: ${code}\n${stderr}`);
  await until('all containers are gone', async () => (await engine.ok('ps', '--all', '--quiet')) === '');
}

/** Every container ID that appears in an engine's state directory, however short it lives. */
function watchContainers(state: string): { ids: Set<string>; close(): void } {
  const live = join(state, 'containers');
  // As the engine makes them; there from the beginning, so that no container is missed.
  for (const path of [join(state, 'rootfs'), live]) mkdirSync(path, { recursive: true, mode: 0o711 });
  const ids = new Set<string>();
  const watcher = watch(live, (_event, name) => {
    const id = /[0-9a-f]{64}/.exec(name ?? '')?.[0];
    if (id !== undefined) ids.add(id);
  });
  return { ids, close: () => watcher.close() };
}
