/** `container prune`: containers whose program doesn't run. */
import { deleteContainer, listContainers } from '../../container/records.ts';
import { currentState } from '../../container/states.ts';
import { isAlive, type Container } from '../../model/container.ts';
import { isTsrunError } from '../../model/errors.ts';
import type { Engine } from '../engine.ts';
import { withReserve } from '../../state/reserve.ts';
import { removableSize } from '../container-sizes.ts';
import { removeContainer } from '../remove.ts';
import { isMeant, recordPrune, type Pruned, type PruneFilter } from './prune.ts';

/** Remove them. One that starts meanwhile stays, and one that another command removes is its. */
export function pruneContainers(engine: Engine, filter: PruneFilter): Pruned {
  const pruned: Pruned = { names: [], bytes: 0 };
  for (const container of prunable(engine, filter)) {
    const bytes = removableSize(engine, container);
    try {
      removeContainer(engine, container, { force: false, volumes: false });
    } catch (error) {
      if (!isTsrunError(error, 'CONFLICT') && !isTsrunError(error, 'NOT_FOUND')) throw error;
      continue;
    }
    pruned.names.push(container.id);
    pruned.bytes += bytes;
  }
  withReserve(engine.paths, () => recordPrune(engine.database(), 'container', pruned.bytes));
  return pruned;
}

/** What `pruneContainers` would remove; their rows are gone afterwards: call it in a transaction that is rolled back. */
export function pruneContainerRows(engine: Engine, filter: PruneFilter): Pruned {
  const found = prunable(engine, filter);
  for (const { id } of found) deleteContainer(engine.database(), id);
  return { names: found.map(({ id }) => id), bytes: found.reduce((sum, container) => sum + removableSize(engine, container), 0) };
}

function prunable(engine: Engine, filter: PruneFilter): Container[] {
  return listContainers(engine.database()).filter((container) => {
    const state = currentState(engine.paths, container);
    return state.status !== 'creating' && !isAlive(state) && isMeant(filter, container.createdAt, container.config.labels);
  });
}
