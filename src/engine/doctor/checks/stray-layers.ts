/** Directories of layers that aren't recorded. */
import { join } from 'node:path';
import { repairStore, strayTrees } from '../../../image/store/collect.ts';
import { heldDigests } from '../../../image/store/holds.ts';
import { transaction } from '../../../state/database.ts';
import { layersDirectory } from '../../../state/paths.ts';
import { storeOf, type Engine } from '../../engine.ts';
import { once, type Problem } from '../check.ts';

export function checkStrayLayers(engine: Engine): Problem[] {
  const store = storeOf(engine);
  const mend = once(() => repairStore(store));
  return transaction(store.database, () => strayTrees(store, heldDigests(store))).map((name) => ({
    what: `${join(layersDirectory(engine.paths), name)} is of no layer that is recorded`,
    remedy: 'removed',
    mend,
  }));
}
