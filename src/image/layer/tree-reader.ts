/** Reads a tree through a worker that is confined to it. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TsrunError } from '../../model/errors.ts';
import { fromPlain } from './plain-error.ts';
import type { FromTreeWorker, ListedChange, ToTreeWorker, TreeAnswer, TreeAsk, TreeJob, TreeRequestName } from './tree-requests.ts';

declare const TSRUN_BUNDLE: boolean | undefined;

/** One request at a time. Close it: until then the worker, and what it has mounted, lives. */
export class TreeReader {
  readonly #worker: Worker;
  #settle: { resolve(answer: unknown): void; reject(error: Error): void } | undefined;
  #broken: Error | undefined;
  #onChanges: ((list: readonly ListedChange[]) => void) | undefined;

  private constructor(job: TreeJob) {
    this.#worker = new Worker(workerFile(), {
      workerData: job,
      stdin: false,
      execArgv: [],
      env: {},
      name: 'tree',
      trackUnmanagedFds: false,
    });
    this.#worker.on('message', (message: FromTreeWorker) => this.#hear(message));
    this.#worker.on('error', (error) =>
      this.#break(new TsrunError('INTERNAL', `the tree's worker broke: ${error.message}`, { cause: error })),
    );
    this.#worker.on('exit', () => this.#break(new TsrunError('INTERNAL', "the tree's worker ended before its time")));
  }

  /** The view's descriptors may be closed then. @throws TsrunError KERNEL when the view can't be made. */
  static async open(job: TreeJob): Promise<TreeReader> {
    const reader = new TreeReader(job);
    try {
      await reader.#answer();
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** @throws TsrunError of what failed; Node's EPIPE when the reader of an archive left. */
  async ask<Name extends TreeRequestName>(name: Name, what: TreeAsk<Name>): Promise<TreeAnswer<Name>> {
    if (this.#broken !== undefined) throw this.#broken;
    const request = { name, ...what } as ToTreeWorker;
    this.#worker.postMessage(request, []);
    return (await this.#answer()) as TreeAnswer<Name>;
  }

  /** As `ask('changes')`: `listen` gets them, some at a time. */
  async changes(what: TreeAsk<'changes'>, listen: (list: readonly ListedChange[]) => void): Promise<void> {
    this.#onChanges = listen;
    await this.ask('changes', what);
  }

  async close(): Promise<void> {
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  #hear(message: FromTreeWorker): void {
    switch (message.type) {
      case 'changes':
        this.#onChanges?.(message.list);
        break;
      case 'ready':
        this.#settle?.resolve(undefined);
        break;
      case 'done':
        this.#settle?.resolve(message.answer);
        break;
      case 'failed':
        this.#settle?.reject(fromPlain(message.error));
    }
  }

  #break(error: Error): void {
    this.#broken = error;
    this.#settle?.reject(error);
  }
}

function workerFile(): string {
  const bundled = typeof TSRUN_BUNDLE !== 'undefined' && TSRUN_BUNDLE;
  return fileURLToPath(new URL(bundled ? './tree-worker.cjs' : './tree-worker.ts', import.meta.url));
}
