/** Layers that are recorded and have lost their directory. */
import { existsSync } from 'node:fs';
import { unpackAgain } from '../../../image/store/restore.ts';
import type { Digest } from '../../../model/image.ts';
import { transaction } from '../../../state/database.ts';
import { layerPath } from '../../../state/paths.ts';
import { storeOf, type Engine } from '../../engine.ts';
import { once, type Problem } from '../check.ts';

export function checkMissingLayers(engine: Engine): Problem[] {
  const store = storeOf(engine);
  const missing = transaction(store.database, () =>
    store.database
      .prepare('SELECT chain_id FROM layers')
      .all()
      .map((row) => row['chain_id'] as Digest)
      .filter((chainId) => !existsSync(layerPath(engine.paths, chainId))),
  );
  const mend = once(() => unpackAgain(store, missing));
  return missing.map((chainId) => ({
    what: `layer ${chainId} has lost its directory ${layerPath(engine.paths, chainId)}`,
    remedy: 'unpacked again',
    mend,
  }));
}
