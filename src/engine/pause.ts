/** Freeze a container's processes, and let them go on. The kernel does it: cgroup.freeze, or v1's freezer. */
import { changeState } from '../container/change-state.ts';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import { detectCgroups, freezing, thawing } from '../kernel/cgroup/index.ts';
import type { Waiting } from '../kernel/waiting.ts';
import { isAlive, type Container, type RunningFacts } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { containerCgroup } from '../state/paths.ts';
import type { Engine } from './engine.ts';
import { notRunning } from './on-container.ts';

/** @throws TsrunError CONFLICT where it doesn't run or is paused already, in Docker's words; KERNEL where it can't be frozen */
export function* pausing(engine: Engine, container: Container): Waiting<void> {
  const { id } = container;
  const state = currentState(engine.paths, container);
  if (state.status === 'restarting')
    throw new TsrunError('CONFLICT', `Container ${id} is restarting, wait until the container is running`, { path: id });
  if (!isAlive(state)) throw notRunning(id);
  if (state.status === 'paused') throw new TsrunError('CONFLICT', `Container ${id} is already paused`, { path: id });
  yield* recorded(engine, container);
  if (!(yield* freezing(detectCgroups(), containerCgroup(container)))) {
    throw new TsrunError('KERNEL', `Cannot pause container ${id}: its processes could not be frozen`, {
      call: 'cgroup.freeze',
      path: containerCgroup(container),
      hint: 'a process that waits for a disk or a debugger can keep a cgroup from freezing; they run on',
    });
  }
  changeState(engine.database(), id, { type: 'paused', facts: factsOf(state) });
}

/** How long whoever starts a container may take to write down that it runs. */
const RECORD_MS = 10_000;

/** Its program runs a moment before its row says so, and the row must say so first. @throws TsrunError CONFLICT where it ended */
function* recorded(engine: Engine, { id }: Container): Waiting<void> {
  for (let waited = 0; waited < RECORD_MS; waited += 10) {
    const found = readContainer(engine.database(), id);
    if (found === undefined || !isAlive(currentState(engine.paths, found))) throw notRunning(id);
    if (isAlive(found.state)) return;
    yield { ms: 10 };
  }
}

/** @throws TsrunError CONFLICT where it is not paused, in Docker's words */
export function* unpausing(engine: Engine, container: Container): Waiting<void> {
  const { id } = container;
  const state = currentState(engine.paths, container);
  if (state.status !== 'paused') throw new TsrunError('CONFLICT', `Container ${id} is not paused`, { path: id });
  yield* thawing(detectCgroups(), containerCgroup(container));
  changeState(engine.database(), id, { type: 'resumed', facts: factsOf(state) });
}

function factsOf({ status: _status, ...facts }: { status: string } & RunningFacts): RunningFacts {
  return facts;
}
