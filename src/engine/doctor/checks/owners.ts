/** Containers that were alive, and that nobody owns any more: what they hold was not given back. */
import { isContainerName, isOwned, liveNames } from '../../../state/ownership.ts';
import type { Engine } from '../../engine.ts';
import { reclaimLive } from '../../reclaim.ts';
import type { Problem } from '../check.ts';
import { shortId } from '../../../model/short-id.ts';

export function checkOwners(engine: Engine): Problem[] {
  return liveNames(engine.paths)
    .filter((name) => isContainerName(name) && !isOwned(engine.paths, name))
    .map((id) => ({
      what: `container ${shortId(id)} has nobody who looks after it: its monitor was killed`,
      remedy: 'given back what it held',
      mend: () => void reclaimLive(engine, id),
    }));
}
