/** `tsrun doctor`: look whether what is recorded, what is on the disk and what the kernel holds agree, and mend what doesn't. */
import type { Engine } from '../engine.ts';
import type { Check, Problem } from './check.ts';
import { checkAddresses } from './checks/addresses.ts';
import { checkCgroups } from './checks/cgroups.ts';
import { checkContainerDirectories } from './checks/container-directories.ts';
import { checkDamagedBlobs } from './checks/damaged-blobs.ts';
import { checkDatabase } from './checks/database.ts';
import { checkInterfaces } from './checks/interfaces.ts';
import { checkLayoutIndex } from './checks/layout-index.ts';
import { checkLostImages } from './checks/lost-images.ts';
import { checkMissingBlobs } from './checks/missing-blobs.ts';
import { checkMissingLayers } from './checks/missing-layers.ts';
import { checkOwners } from './checks/owners.ts';
import { checkPublishedPorts } from './checks/published-ports.ts';
import { checkScratch } from './checks/scratch.ts';
import { checkSizes } from './checks/sizes.ts';
import { checkStrayBlobs } from './checks/stray-blobs.ts';
import { checkStrayCgroups } from './checks/stray-cgroups.ts';
import { checkStrayLayers } from './checks/stray-layers.ts';
import { checkUnusedLayers } from './checks/unused-layers.ts';
import { checkVolumes } from './checks/volumes.ts';

/** In the order in which things are mended: what a removal leaves is found by a later one. */
const CHECKS: readonly Check[] = [
  checkDatabase,
  checkOwners,
  checkScratch,
  checkAddresses,
  checkPublishedPorts,
  checkInterfaces,
  checkCgroups,
  checkStrayCgroups,
  checkContainerDirectories,
  checkVolumes,
  checkDamagedBlobs,
  checkMissingBlobs,
  checkMissingLayers,
  checkLostImages,
  checkUnusedLayers,
  checkStrayLayers,
  checkStrayBlobs,
  checkSizes,
  checkLayoutIndex,
];

/** What became of a problem. */
export interface Finding {
  what: string;
  remedy: string;
  /** open: nobody asked for it to be mended; hopeless: only a person can help, as the remedy says. */
  state: 'open' | 'hopeless' | 'mended' | 'failed';
  /** Why mending failed. */
  error?: Error;
}

/**
 * Look at everything.
 * @param mend mend each problem as it is found
 * @param tell told of each problem, in order
 * @returns how many problems are left
 */
export async function runDoctor(engine: Engine, mend: boolean, tell: (finding: Finding) => void): Promise<number> {
  let left = 0;
  for (const check of CHECKS) {
    for (const problem of await check(engine)) {
      const finding = await treat(problem, mend);
      if (finding.state !== 'mended') left++;
      tell(finding);
    }
  }
  return left;
}

async function treat({ what, remedy, mend }: Problem, isAsked: boolean): Promise<Finding> {
  if (mend === undefined) return { what, remedy, state: 'hopeless' };
  if (!isAsked) return { what, remedy, state: 'open' };
  try {
    await mend();
    return { what, remedy, state: 'mended' };
  } catch (error) {
    // Others may be mended still.
    return { what, remedy, state: 'failed', error: error as Error };
  }
}
