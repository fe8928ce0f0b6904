/** Layers that no image has: a pull that failed left them for the next try. */
import { collectGarbage } from '../../../image/store/collect.ts';
import { unneededTops } from '../../../image/store/forget.ts';
import { heldDigests } from '../../../image/store/holds.ts';
import { transaction } from '../../../state/database.ts';
import { storeOf, type Engine } from '../../engine.ts';
import { once, type Problem } from '../check.ts';

export function checkUnusedLayers(engine: Engine): Problem[] {
  const store = storeOf(engine);
  const mend = once(() => void collectGarbage(store));
  return transaction(store.database, () => {
    const held = heldDigests(store);
    return unneededTops(store).filter((chainId) => !held.has(chainId));
  }).map((chainId) => ({ what: `layer ${chainId} is of no image`, remedy: 'removed', mend }));
}
