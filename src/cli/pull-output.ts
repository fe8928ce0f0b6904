/** A pull's progress on the terminal (or in the file) it is meant for. */
import { createPullRenderer } from '../image/progress/renderer.ts';
import { native } from '../kernel/native.ts';
import type { PullReporter } from '../model/pull-event.ts';

/** @param fd where `write` writes: 1 or 2 */
export function pullPrinter(fd: number, write: (text: string) => void): PullReporter {
  const terminal = native().isTerminal(fd);
  const render = createPullRenderer({ terminal, columns: () => native().windowSize(fd).columns });
  return (event) => write(render(event));
}
