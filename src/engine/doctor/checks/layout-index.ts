/** index.json and oci-layout: what other tools see of the images. */
import { layoutIndexIsRight, layoutIndexPath, writeLayoutIndex } from '../../../image/store/layout-index.ts';
import { storeOf, type Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

export function checkLayoutIndex(engine: Engine): Problem[] {
  const store = storeOf(engine);
  if (layoutIndexIsRight(store)) return [];
  return [
    {
      what: `${layoutIndexPath(engine.paths)}, or oci-layout beside it, doesn't say what the database says`,
      remedy: 'written again',
      mend: () => void writeLayoutIndex(store),
    },
  ];
}
