/** V8's code of the bundle, left for the next start by one that had to compile it: see `loader.cjs`. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';

declare const __tsrunCodeCache: { path: string; create(): Buffer } | undefined;

/**
 * Leave the code of everything that this process called, if none was there that fits. A folder that can't be written is fine:
 * every start then compiles.
 */
export function leaveCodeCache(): void {
  const cache = typeof __tsrunCodeCache === 'undefined' ? undefined : __tsrunCodeCache;
  if (cache === undefined) return;
  const scratch = `${cache.path}.${process.pid}`;
  try {
    writeFileSync(scratch, cache.create(), { mode: 0o644 });
    renameSync(scratch, cache.path);
  } catch {
    rmSync(scratch, { force: true });
  }
}
