/** Ctrl-C while something is being made: end it in order first, and only then die of the signal. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Do `work`, whose signal aborts when the process is told to end. When it was, the process ends by that signal after
 * `work` has cleaned up (a shell sees 128 + its number), and this never returns. A second signal ends it at once.
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const listen = (signal: NodeJS.Signals): void => {
    received ??= signal;
    controller.abort();
  };
  for (const name of SIGNALS) process.once(name, listen);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.removeListener(name, listen);
    if (received !== undefined) {
      process.kill(process.pid, received);
      // The signal is handled between two turns of the loop: nothing after us may run before it.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
