/** Wait for a container's end. */
import { closeSync } from 'node:fs';
import { currentState } from '../container/states.ts';
import { native } from '../kernel/native.ts';
import { isAlive, type Container, type ContainerState } from '../model/container.ts';
import { hasErrno } from '../model/errors.ts';
import { monitorSocket } from '../state/paths.ts';
import { currentContainer } from './current.ts';
import type { Engine } from './engine.ts';
import { awaitReclaim } from './stop.ts';

/**
 * Block until a container doesn't run (any more), and what it held is given back.
 * @returns its exit code; that of its last life where it doesn't run, 0 where it never did
 * @throws TsrunError NOT_FOUND where it was removed before anybody could ask how it ended
 */
export function waitContainer(engine: Engine, container: Container): number {
  const state = currentState(engine.paths, container);
  if (!isAlive(state)) return exitCodeOf(state);
  const status = awaitEnd(engine, container);
  awaitReclaim(engine, container.id);
  return status ?? exitCodeOf(currentContainer(engine, container.id).state);
}

const exitCodeOf = (state: ContainerState): number => ('exitCode' in state ? (state.exitCode ?? 0) : 0);

/** undefined: nobody is there to tell, or the monitor was killed; then what is recorded says it. */
function awaitEnd(engine: Engine, container: Container): number | undefined {
  let control: number;
  try {
    control = native().connectMonitor(monitorSocket(engine.paths, container.id));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET')) return undefined;
    throw error;
  }
  try {
    const end = native().awaitExit(control, -1);
    return end?.type === 'exited' ? end.status : undefined;
  } finally {
    closeSync(control);
  }
}
