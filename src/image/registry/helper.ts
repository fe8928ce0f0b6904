/** Running a credential helper: the one place of this folder that starts a process, loaded only for it. */
import { spawn } from 'node:child_process';
import type { HelperRunner } from './credentials.ts';

/** A helper that asks a person takes long; one that hangs must not hang a pull for ever. */
const LONGEST_ANSWER_TIME = 120_000;
const LONGEST_ANSWER = 1 << 20;

/** Run `docker-credential-NAME get`; exit code -1 when it could not be run or was killed. Its stderr is the terminal's. */
export const runHelper: HelperRunner = (program, key) =>
  new Promise((resolve) => {
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'inherit'], timeout: LONGEST_ANSWER_TIME });
    let stdout = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      stdout += text;
      if (stdout.length > LONGEST_ANSWER) child.kill();
    });
    child.stdin.on('error', () => undefined);
    child.on('error', () => resolve({ exitCode: -1, stdout: '' }));
    child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, stdout }));
    child.stdin.end(`${key}\n`);
  });
