/** Blobs that don't hash to their name: altered, or cut short. */
import { blobPath, isWholeBlob, removeBlob } from '../../../image/store/blobs.ts';
import { blobsOnDisk } from '../../../image/store/collect.ts';
import type { Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

export async function checkDamagedBlobs(engine: Engine): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const digest of blobsOnDisk(engine.paths)) {
    if (await isWholeBlob(engine.paths, digest)) continue;
    problems.push({
      what: `blob ${blobPath(engine.paths, digest)} is damaged: it hashes to something else`,
      remedy: 'removed',
      // What needs it is found by the next check.
      mend: () => removeBlob(engine.paths, digest),
    });
  }
  return problems;
}
