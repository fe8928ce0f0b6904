/** The containers that `ps` shows. */
import { CONTAINER_FILTERS, containerFilter } from '../container/filter.ts';
import { findContainer } from '../container/find.ts';
import { findImage } from '../image/pull/resolve.ts';
import { imagesMadeFrom } from '../image/store/parents.ts';
import { isAlive, type Container } from '../model/container.ts';
import { isTsrunError, TsrunError } from '../model/errors.ts';
import { parseFilters } from '../model/filters.ts';
import type { Digest } from '../model/image.ts';
import { currentContainers } from './current.ts';
import type { Engine } from './engine.ts';

export interface ContainerQuery {
  /** Those that don't run, too. */
  all: boolean;
  /** The newest so many of those that the filters leave, whether they run or not; undefined: no such limit. */
  last: number | undefined;
  /** `NAME=VALUE`, as typed. */
  filters: readonly string[];
}

/**
 * Containers as they are now, the newest first.
 * @throws TsrunError INVALID_ARGUMENT for a filter that there isn't, NOT_FOUND for a container that one names
 */
export function queryContainers(engine: Engine, query: ContainerQuery): Container[] {
  const filters = parseFilters(query.filters, CONTAINER_FILTERS);
  const everything = currentContainers(engine);
  const isMeant = containerFilter(filters, {
    find: (text) => findNamed(everything, text),
    imagesFrom: (text) => imagesFrom(engine, text),
  });
  const meant = everything.filter((container) => isMeant(container));
  if (query.last !== undefined) return meant.slice(0, query.last);
  // Who asks for a state wants to see it.
  if (query.all || filters.has('status')) return meant;
  // Docker's word: one that waits to be restarted runs.
  return meant.filter(({ state }) => isAlive(state) || state.status === 'restarting');
}

function findNamed(containers: readonly Container[], text: string): Container {
  try {
    return findContainer(containers, text);
  } catch (error) {
    if (!isTsrunError(error, 'NOT_FOUND')) throw error;
    // Of a filter Docker says it in other words.
    throw new TsrunError('NOT_FOUND', `no such container ${text}`, { path: text, cause: error });
  }
}

function imagesFrom(engine: Engine, text: string): ReadonlySet<Digest> {
  const store = { paths: engine.paths, database: engine.database() };
  const image = findImage(store, text)?.image;
  return image === undefined ? new Set() : imagesMadeFrom(store, image.id);
}
