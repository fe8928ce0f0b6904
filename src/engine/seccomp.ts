/**
 * The seccomp profile of a container: as the object in its config.json, and compiled. Both of the default profile are
 * kept in the cache for each set of capabilities, so that a run neither builds nor compiles them.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { capabilitySets, mergeCapabilities } from '../container/oci-config-capabilities.ts';
import type { ContainerConfig } from '../model/container.ts';
import type { LinuxSeccomp } from '../oci-spec/seccomp.ts';
import { capabilityMask } from '../process/capabilities.ts';
import { cachedFilterPath } from '../process/seccomp/cache.ts';
import { cachedSeccompFilter, hostCircumstances, seccompFilter } from '../process/seccomp/index.ts';
import type { CompiledFilter } from '../process/compile-options.ts';
import { cacheDirectory } from '../state/paths.ts';
import type { Engine } from './engine.ts';

export interface PreparedSeccomp {
  config: LinuxSeccomp;
  filter: CompiledFilter;
}

/**
 * The profile that a container gets; undefined: unconfined.
 * @throws TsrunError INVALID_ARGUMENT or UNSUPPORTED where a profile of the user's is wrong, naming the field.
 */
export async function prepareSeccomp(engine: Engine, config: ContainerConfig, boundingSet: bigint): Promise<PreparedSeccomp | undefined> {
  if (config.privileged || config.seccomp === 'unconfined') return undefined;
  const capabilities = capabilityMask(capabilitySets(mergeCapabilities(config, boundingSet), 0).bounding ?? []);
  const request = { profile: config.seccomp, capabilities, cacheDirectory: cacheDirectory(engine.paths) };
  const circumstances = hostCircumstances(capabilities);
  const path = `${cachedFilterPath(request.cacheDirectory, circumstances)}.json`;
  const cached = cachedSeccompFilter(request);
  const object = cached === undefined ? undefined : readObject(path);
  if (cached !== undefined && object !== undefined) return { config: object, filter: cached };
  const { resolveSeccomp } = await import('../process/seccomp/build.ts');
  const resolved = resolveSeccomp(config.seccomp, circumstances) as LinuxSeccomp;
  const filter = await seccompFilter(request);
  if (filter === undefined) return undefined;
  if (config.seccomp === 'default') writeObject(path, resolved);
  return { config: resolved, filter };
}

function readObject(path: string): LinuxSeccomp | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LinuxSeccomp;
  } catch {
    // Not there yet, or cut off: it is made again.
    return undefined;
  }
}

function writeObject(path: string, object: LinuxSeccomp): void {
  const scratch = `${path}.${process.pid}`;
  writeFileSync(scratch, JSON.stringify(object), { mode: 0o600 });
  renameSync(scratch, path);
}
