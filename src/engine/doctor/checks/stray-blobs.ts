/** Blobs that nothing leads to. */
import { blobPath } from '../../../image/store/blobs.ts';
import { repairStore, strayBlobs } from '../../../image/store/collect.ts';
import { heldDigests } from '../../../image/store/holds.ts';
import { transaction } from '../../../state/database.ts';
import { storeOf, type Engine } from '../../engine.ts';
import { once, type Problem } from '../check.ts';

export function checkStrayBlobs(engine: Engine): Problem[] {
  const store = storeOf(engine);
  const mend = once(() => repairStore(store));
  return transaction(store.database, () => strayBlobs(store, heldDigests(store))).map((digest) => ({
    what: `blob ${blobPath(engine.paths, digest)} is of no image`,
    remedy: 'removed',
    mend,
  }));
}
