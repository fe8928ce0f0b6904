/** A program on a terminal of its own, and a person before it: who reads what appears and types. */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { ExecutionContext } from 'ava';
import { native } from '../../src/kernel/native.ts';
import { mustRun } from './command.ts';
import { until } from './wait.ts';

export interface Terminal {
  /** All that appeared so far. */
  readonly screen: string;
  /** Type. */
  type(text: string): void;
  /** Wait until `pattern` appears after what was awaited before; gives the match. */
  expect(pattern: RegExp | string, milliseconds?: number): Promise<RegExpExecArray>;
  /** The terminal's settings as stty names them, e.g. `-icanon`. */
  settings(): Promise<string>;
  resize(rows: number, columns: number): Promise<void>;
  /** Exit code, or 128 + signal. */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** Start a program as the foreground job of a new terminal of 24 x 80. It is killed with the test. */
export async function openTerminal(
  t: ExecutionContext,
  program: string,
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<Terminal> {
  const { master, slave } = native().openPty();
  // Open as long as the test runs: a pty whose last slave closes forgets its settings.
  const slaveFd = openSync(slave, constants.O_RDWR | constants.O_NOCTTY);
  await mustRun('stty', ['-F', slave, 'rows', '24', 'cols', '80']);
  const child = spawn('setsid', ['--ctty', '--wait', program, ...words], {
    stdio: [slaveFd, slaveFd, slaveFd],
    env: { ...process.env, TERM: 'xterm', ...environment },
  });
  const stream = new ReadStream(master);
  let screen = '';
  let seen = 0;
  stream.setEncoding('utf8').on('data', (text: string) => (screen += text));
  stream.on('error', () => {});
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 255));
  });
  t.teardown(() => {
    child.kill('SIGKILL');
    closeSync(slaveFd);
    stream.destroy();
  });
  return {
    get screen() {
      return screen;
    },
    type: (text) => void writeSync(master, text),
    async expect(pattern, milliseconds = 120_000) {
      const expression = typeof pattern === 'string' ? new RegExp(RegExp.escape(pattern)) : pattern;
      try {
        return await until(
          `${expression}`,
          () => {
            const match = expression.exec(screen.slice(seen));
            if (match === null) return undefined;
            seen += match.index + match[0].length;
            return match;
          },
          milliseconds,
        );
      } catch (error) {
        throw new Error(`${(error as Error).message}; the screen shows: ${JSON.stringify(screen.slice(seen))}`, { cause: error });
      }
    },
    settings: () => mustRun('stty', ['-F', slave, '-a']),
    resize: async (rows, columns) => void (await mustRun('stty', ['-F', slave, 'rows', String(rows), 'cols', String(columns)])),
    ended,
    kill: (signal) => void child.kill(signal),
  };
}
