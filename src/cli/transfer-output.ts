/** A pull's or push's progress on the terminal (or in the file) it is meant for. */
import { createRenderer } from '../image/progress/renderer.ts';
import { native } from '../kernel/native.ts';
import type { PullEvent } from '../model/pull-event.ts';
import type { PushEvent } from '../model/push-event.ts';

/** @param fd where `write` writes: 1 or 2 */
export function transferPrinter(fd: number, write: (text: string) => void): (event: PullEvent | PushEvent) => void {
  const terminal = native().isTerminal(fd);
  const render = createRenderer({ terminal, columns: () => native().windowSize(fd).columns });
  return (event) => write(render(event));
}
