/** Asking a person at the terminal. Loaded only by commands that ask. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { native } from '../kernel/native.ts';
import { writeOut } from './output.ts';

const STDIN = 0;

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return native().isTerminal(STDIN);
}

/**
 * Print `question` and read a line.
 * @param visible whether what is typed is shown
 * @returns the line without its end; '' at the end of input. Ctrl-C ends the process as its signal does.
 */
export async function ask(question: string, visible: boolean): Promise<string> {
  writeOut(question);
  // Readline puts the terminal in raw mode, so that nothing is echoed but by us, and back when it is closed.
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (visible) writeOut(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0, prompt: '' });
  let interrupted = false;
  const answer = await new Promise<string>((resolve) => {
    lines.once('line', resolve);
    lines.once('SIGINT', () => {
      interrupted = true;
      lines.close();
    });
    lines.once('close', () => resolve(''));
  });
  lines.close();
  process.stdin.pause();
  if (!visible || interrupted) writeOut('\n');
  if (interrupted) {
    process.kill(process.pid, 'SIGINT');
    // The signal is handled between two turns of the loop.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return answer;
}
