/** What follows a start: attach to the program until it ends, and step 7; or leave it to its monitor. */
import { closeSync } from 'node:fs';
import { native, type AttachResult } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import type { RunListener, RunRequest, RunResult } from '../model/run-request.ts';
import type { Engine } from './engine.ts';
import { limitsReached } from './limits-reached.ts';
import { giveUp } from './reclaim.ts';
import type { Running } from './start.ts';
import { shortId } from '../model/short-id.ts';

/** How a caller takes part in its program: by these streams, until it ends or the caller detaches. It closes `control`. */
export type Attend = (
  streams: Container['config']['attach'],
  container: Container,
  running: Running,
  request: Pick<RunRequest, 'detachKeys' | 'signalProxy'>,
) => AttachResult | Promise<AttachResult>;

/** Copy between our own streams and the program's. */
export function attachToProgram(
  streams: Container['config']['attach'],
  { config }: Container,
  { control, session }: Running,
  request: Pick<RunRequest, 'detachKeys' | 'signalProxy'>,
): AttachResult {
  const fd = (name: 'stdin' | 'stdout' | 'stderr', number: number): number => (streams.includes(name) ? number : -1);
  try {
    const end = native().attach({
      control,
      stdin: fd('stdin', 0),
      stdout: fd('stdout', 1),
      stderr: fd('stderr', 2),
      terminal: config.terminal,
      detachKeys: request.detachKeys,
      signalProxy: request.signalProxy,
      claimCleanup: true,
      resized: session.resized,
    });
    session.ended(end);
    return end;
  } finally {
    closeSync(control);
  }
}

/** Say what this client missed, where it read too slowly while others waited (native/protocol.h). */
export function warnOfSkipped({ skipped }: AttachResult, listener: RunListener): void {
  if (skipped === undefined) return;
  listener.warning?.(`${skipped} bytes of output were left out here: they were not read for ten seconds, while other clients waited`);
}

/** Attach nobody. */
export function leaveProgram({ control }: Pick<Running, 'control'>): AttachResult {
  closeSync(control);
  return { type: 'detached' };
}

/** Leave a running container to its monitor. */
export function handOver(container: Container, lock: number): RunResult {
  closeSync(lock);
  return { id: container.id, exitCode: 0 };
}

/** Step 7: give everything back, and say how it ended. */
export function terminate(engine: Engine, container: Container, lock: number, end: AttachResult, listener: RunListener): RunResult {
  const reached = limitsReached(engine.paths, container);
  giveUp(engine, container.id, lock);
  warnOfSkipped(end, listener);
  if (end.type !== 'exited') {
    listener.warning?.(`the monitor of container ${shortId(container.id)} was killed, and the container with it`);
    return { id: container.id, exitCode: 137 };
  }
  for (const sentence of reached) listener.warning?.(`container ${shortId(container.id)}: ${sentence}`);
  return { id: container.id, exitCode: end.status };
}
