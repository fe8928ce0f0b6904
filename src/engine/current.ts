/** Containers as they are now: their rows, corrected by what the kernel says. */
import { findContainer } from '../container/find.ts';
import { listContainers, readCandidates, readContainer } from '../container/records.ts';
import { currentState, withCurrentStates } from '../container/states.ts';
import type { Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { Engine } from './engine.ts';

/** Containers as they are now; one that is being made is nobody's business yet. */
export function currentContainers(engine: Engine): Container[] {
  return asTheyAre(engine, listContainers(engine.database()));
}

function asTheyAre(engine: Engine, containers: readonly Container[]): Container[] {
  return withCurrentStates(engine.paths, containers).filter((container) => container.state.status !== 'creating');
}

/** The container that `text` means, as it is now. @throws TsrunError NOT_FOUND, CONFLICT */
export function containerOf(engine: Engine, text: string): Container {
  return findContainer(asTheyAre(engine, readCandidates(engine.database(), text)), text);
}

/** The container with this ID, as it is now. @throws TsrunError NOT_FOUND when it was removed */
export function currentContainer(engine: Engine, id: string): Container {
  const found = readContainer(engine.database(), id);
  if (found === undefined) throw new TsrunError('NOT_FOUND', `No such container: ${id}`, { path: id });
  return { ...found, state: currentState(engine.paths, found) };
}
