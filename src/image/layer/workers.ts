/**
 * The workers that unpack layers. Starting one costs some 60 ms of a processor, and V8 compiles everything anew in each: one
 * that is done with a layer takes the next one, confined to that one's directory.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

declare const TSRUN_BUNDLE: boolean | undefined;

/** How long one waits for another layer before it ends, in milliseconds. */
const IDLE_MS = 1000;

/** What one that waits may do by itself. */
const EVENTS = ['exit', 'error'] as const;

const idle = new Map<Worker, NodeJS.Timeout>();

/** A worker that has nothing to do, or a new one. The caller listens to it, and gives it back or terminates it. */
export function takeWorker(): Worker {
  for (const [worker, timer] of idle) {
    clearTimeout(timer);
    forget(worker);
    worker.ref();
    return worker;
  }
  return startWorker();
}

/** A worker that was never confined. */
export function startWorker(): Worker {
  return new Worker(workerFile(), { stdin: false, execArgv: [], env: {}, name: 'layer' });
}

/** For one that said `done`, with no listeners of the caller's. It keeps no process alive. */
export function giveBackWorker(worker: Worker): void {
  worker.unref();
  for (const event of EVENTS) worker.once(event, () => forget(worker));
  const timer = setTimeout(() => {
    forget(worker);
    void worker.terminate();
  }, IDLE_MS);
  timer.unref();
  idle.set(worker, timer);
}

function forget(worker: Worker): void {
  clearTimeout(idle.get(worker));
  idle.delete(worker);
  for (const event of EVENTS) worker.removeAllListeners(event);
}

function workerFile(): string {
  const bundled = typeof TSRUN_BUNDLE !== 'undefined' && TSRUN_BUNDLE;
  return fileURLToPath(new URL(bundled ? './layer-worker.cjs' : './layer-worker.ts', import.meta.url));
}
