/** Whether step 1 will ask a registry, known before anything is done. */
import { existsSync } from 'node:fs';
import { findImage } from '../image/pull/resolve.ts';
import { databasePath } from '../state/paths.ts';
import { storeOf, type Engine } from './engine.ts';

/**
 * Whether a run of `image` may have to pull it. Looks and makes nothing, not even a database.
 * @param policy of `--pull`, as typed
 * @param platform of `--platform`: an image that is here may be for another one
 */
export function mayPull(engine: Engine, image: string, policy: string | undefined, platform: string | undefined): boolean {
  if (policy === 'always' || platform !== undefined) return true;
  return !existsSync(databasePath(engine.paths)) || findImage(storeOf(engine), image) === undefined;
}
