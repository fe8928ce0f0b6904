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

/** One conversation: what is typed ahead of a question answers it. */
export interface Prompt {
  /**
   * Print `question` and read a line.
   * @param visible whether what is typed is shown
   * @returns the line without its end; '' at the end of input. Ctrl-C ends the process as its signal does.
   */
  ask(question: string, visible: boolean): Promise<string>;
  /** Put the terminal back as it was. */
  close(): void;
}

/**
 * From here on the terminal shows nothing but what we print: before the first question, as one who answers at once, a
 * program or a paste, would have the password echoed by the kernel.
 */
export function openPrompt(): Prompt {
  let shown = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (shown) writeOut(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0, prompt: '' });
  const typed: string[] = [];
  let ended = false;
  let interrupted = false;
  let arrived = () => {};
  lines.on('line', (line) => {
    typed.push(line);
    // What follows in the same chunk may be the password.
    shown = false;
    arrived();
  });
  lines.once('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  lines.once('close', () => {
    ended = true;
    arrived();
  });
  return {
    async ask(question, visible) {
      writeOut(question);
      const isAhead = typed.length > 0;
      if (!isAhead && !ended) {
        shown = visible;
        await new Promise<void>((resolve) => (arrived = resolve));
        shown = false;
      }
      const answer = typed.shift();
      if (isAhead && visible) writeOut(`${answer}\n`);
      if (!visible || interrupted) writeOut('\n');
      if (interrupted) await endAsInterrupted();
      return answer ?? '';
    },
    close() {
      lines.close();
      process.stdin.pause();
    },
  };
}

async function endAsInterrupted(): Promise<void> {
  process.kill(process.pid, 'SIGINT');
  // The signal is handled between two turns of the loop.
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
