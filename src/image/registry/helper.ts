/** Running a credential helper: the one place of this folder that starts a process, loaded only for it. */
import { spawn } from 'node:child_process';
import type { HelperRunner } from './credentials.ts';

/** A helper that asks a person takes long; one that hangs must not hang a pull for ever. */
const LONGEST_ANSWER_TIME = 120_000;
const LONGEST_ANSWER = 1 << 20;

/** Run a helper; exit code -1 when it could not be run or was killed. Its stderr is the terminal's. */
export const runHelper: HelperRunner = (program, verb, input) =>
  new Promise((resolve) => {
    const child = spawn(program, [verb], { stdio: ['pipe', 'pipe', 'inherit'] });
    // Not spawn's own time-out: that one outlives a program that could not be started.
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_ANSWER_TIME);
    let stdout = '';
    const end = (exitCode: number): void => {
      clearTimeout(timer);
      resolve({ exitCode, stdout });
    };
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      stdout += text;
      if (stdout.length > LONGEST_ANSWER) child.kill('SIGKILL');
    });
    child.stdin.on('error', () => undefined);
    child.on('error', () => end(-1));
    child.on('close', (exitCode) => end(exitCode ?? -1));
    child.stdin.end(input);
  });
