/** What killed commands left half made. */
import { deadPlaces } from '../../../state/scratch.ts';
import type { Engine } from '../../engine.ts';
import { reclaimDead } from '../../reclaim.ts';
import { once, type Problem } from '../check.ts';

export function checkScratch(engine: Engine): Problem[] {
  const mend = once(() => reclaimDead(engine));
  return deadPlaces(engine.paths).map((name) => ({
    what: `scratch/${name} was left by a command that was killed`,
    remedy: 'removed',
    mend,
  }));
}
