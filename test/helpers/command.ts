/** Running programs from tests: one call, with what came out of it. */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a program ended and what it said. `code` is null when a signal ended it. */
export interface Outcome {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface CommandOptions {
  /** Written to stdin; stdin is empty without it. */
  input?: string | Buffer;
  environment?: Record<string, string>;
  /** Kill it after so long; LIMIT_MS where it is not given. */
  timeoutMs?: number;
  cwd?: string;
}

/** What hangs must end before AVA gives up on its whole file; on a busy machine a whole test may need minutes for what takes seconds. */
const LIMIT_MS = 240_000;

/** A program that runs. `done` tells how it ended. */
export interface Running {
  child: ChildProcess;
  done: Promise<Outcome>;
}

/** The machine's own programs: npm packages bring some of the same names. */
export const SYSTEM_PATH: string = (process.env['PATH'] ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':');

/** Start a program with pipes for stdin, stdout and stderr. stdin stays open: the caller ends it. */
export function start(program: string, words: readonly string[], options: CommandOptions = {}): Running {
  const spawnOptions: SpawnOptions = {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? LIMIT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, PATH: SYSTEM_PATH, ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
  const child = spawn(program, words, spawnOptions);
  // A program that ends without reading what we write is no failure of the test.
  child.stdin?.on('error', () => {});
  return { child, done: outcomeOf(child) };
}

/** Run a program to its end. */
export async function command(program: string, words: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const running = start(program, words, options);
  running.child.stdin?.end(options.input ?? '');
  return running.done;
}

/** Run a program that must succeed, and give back what it printed. */
export async function mustRun(program: string, words: readonly string[], options: CommandOptions = {}): Promise<string> {
  const outcome = await command(program, words, options);
  if (outcome.code !== 0)
    throw new Error(`${program} ${words.join(' ')}: ${outcome.code ?? outcome.signal}\n${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout;
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  const output = Promise.all([child.stdout === null ? '' : text(child.stdout), child.stderr === null ? '' : text(child.stderr)]);
  const [[code, signal], [stdout, stderr]] = await Promise.all([ended, output]);
  return { stdout, stderr, code, signal };
}
