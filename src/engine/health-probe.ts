/** One health check: execute the test in the container, for its exit code and the beginning of what it says. */
import { checkCommand, checkTimes } from '../container/health.ts';
import { currentState } from '../container/states.ts';
import type { AttachResult } from '../kernel/native.ts';
import type { Container, Healthcheck, HealthProbe } from '../model/container.ts';
import { SIGKILL } from '../model/signals.ts';
import { MonitorClient } from '../process/monitor-client.ts';
import type { Engine } from './engine.ts';
import { startInContainer } from './exec.ts';
import { recordExecEnd } from './exec-events.ts';

/** Bytes of output that are kept. */
const MOST_OUTPUT = 4096;

/**
 * Ask a container that runs. Throws nothing: what can't be executed is an answer, too, with the exit code -1.
 * @returns undefined where it was paused meanwhile: that says nothing of how it is
 */
export async function probe(engine: Engine, container: Container, check: Healthcheck): Promise<HealthProbe | undefined> {
  const isPaused = (): boolean => currentState(engine.paths, container).status === 'paused';
  const start = new Date().toISOString();
  const answer = await askOnce(engine, container, check, isPaused).catch((error: unknown) => ({
    exitCode: -1,
    output: (error as Error).message,
  }));
  if (answer === undefined || (answer.exitCode === -1 && isPaused())) return undefined;
  return { start, end: new Date().toISOString(), ...answer };
}

async function askOnce(
  engine: Engine,
  container: Container,
  check: Healthcheck,
  isPaused: () => boolean,
): Promise<Pick<HealthProbe, 'exitCode' | 'output'> | undefined> {
  const command = checkCommand(check);
  if (command === undefined) throw new Error(`Unknown probe type '${check.test[0]}' (expected 'CMD' or 'CMD-SHELL')`);
  const wish = { command, environment: [], user: undefined, workingDirectory: undefined, terminal: false, privileged: false };
  const { control, execId } = await startInContainer(engine, container, wish, {
    openStdin: false,
    followsClient: true,
    isHopeless: isPaused,
  });
  // The program is killed when this client goes, however it goes.
  await using client = new MonitorClient(control, { streams: ['stdout', 'stderr'], claimCleanup: true });
  const output = collect(client);
  const { timeoutMs } = checkTimes(check);
  const end = await endWithin(timeoutMs, client, isPaused);
  // One that is given up is killed; a frozen one when it goes on.
  recordExecEnd(engine, { container, execId }, end === undefined || end === 'paused' ? { type: 'lost' } : end);
  if (end === 'paused') return undefined;
  if (end === undefined) {
    await client.signal(SIGKILL).catch(() => {
      // It ended at this moment.
    });
    return { exitCode: -1, output: `Health check exceeded timeout (${goDuration(timeoutMs)})` };
  }
  if (end.type !== 'exited') return { exitCode: -1, output: 'the monitor of the health check was killed' };
  return { exitCode: end.status, output: output() };
}

/** Both streams as they come, cut off. */
function collect({ stdout, stderr }: MonitorClient): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  for (const stream of [stdout, stderr]) {
    stream.on('data', (bytes: Buffer) => {
      if (length <= MOST_OUTPUT) chunks.push(bytes);
      length += bytes.length;
    });
  }
  return () => `${Buffer.concat(chunks).subarray(0, MOST_OUTPUT).toString('utf8')}${length > MOST_OUTPUT ? '...' : ''}`;
}

/** How long a container may be paused before its check is given up: whoever is behind it waits for that. */
const LOOK_AGAIN_MS = 1000;

/** How a check ended; undefined: it took too long. */
async function endWithin(
  timeoutMs: number,
  { ended }: MonitorClient,
  isPaused: () => boolean,
): Promise<AttachResult | 'paused' | undefined> {
  for (const deadline = performance.now() + timeoutMs; ;) {
    const left = deadline - performance.now();
    const end = await within(Math.min(left, LOOK_AGAIN_MS), ended);
    if (end !== undefined) return end;
    if (isPaused()) return 'paused';
    if (left <= LOOK_AGAIN_MS) return undefined;
  }
}

/** What `promise` gives, or undefined after so long. */
async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** As Go prints a duration: `1m30s`, `1.5s`, `250ms`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const seconds = milliseconds / 1000;
  const hours = Math.trunc(seconds / 3600);
  const minutes = Math.trunc((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}`;
}
