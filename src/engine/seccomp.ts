/**
 * The seccomp profile of a container: as the object in its config.json, and compiled. Both of the default profile are
 * kept in the cache for each set of capabilities, so that a run neither builds nor compiles them.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mergeCapabilities } from '../container/oci-config-capabilities.ts';
import type { ContainerConfig } from '../model/container.ts';
import type { LinuxSeccomp } from '../oci-spec/seccomp.ts';
import { capabilityMask } from '../process/capabilities.ts';
import { cachedFilterPath } from '../process/seccomp/cache.ts';
import { cachedSeccompFilter, hostCircumstances, seccompFilter, type SeccompRequest } from '../process/seccomp/index.ts';
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
  const request = requestFor(engine, config, boundingSet);
  const circumstances = hostCircumstances(request.capabilities);
  const path = `${cachedFilterPath(request.cacheDirectory, circumstances)}.json`;
  const cached = cachedSeccompFilter(request);
  const object = cached === undefined ? undefined : readObject(path);
  if (cached !== undefined && object !== undefined) return { config: object, filter: cached };
  const { resolveSeccomp } = await import('../process/seccomp/build.ts');
  const resolved = resolveSeccomp(config.seccomp, circumstances);
  const filter = await seccompFilter(request);
  if (filter === undefined) return undefined;
  if (config.seccomp === 'default') writeObject(path, resolved);
  return { config: resolved, filter };
}

/** The filter alone, for an exec: the container's config.json has the object already. Throws as `prepareSeccomp`. */
export async function prepareSeccompFilter(
  engine: Engine,
  config: ContainerConfig,
  boundingSet: bigint,
): Promise<CompiledFilter | undefined> {
  if (config.privileged || config.seccomp === 'unconfined') return undefined;
  return seccompFilter(requestFor(engine, config, boundingSet));
}

/** Which calls a profile allows depends on the capabilities that the container can have. */
function requestFor(engine: Engine, config: ContainerConfig, boundingSet: bigint): SeccompRequest {
  const capabilities = capabilityMask(mergeCapabilities(config, boundingSet));
  return { profile: config.seccomp, capabilities, cacheDirectory: cacheDirectory(engine.paths) };
}

function readObject(path: string): LinuxSeccomp | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Not there yet, or cut off: it is made again.
    return undefined;
  }
}

/** Whole or not at all; where it can't be written, it is made again the next time. */
function writeObject(path: string, object: LinuxSeccomp): void {
  const scratch = `${path}.${process.pid}`;
  try {
    writeFileSync(scratch, JSON.stringify(object), { mode: 0o600 });
    renameSync(scratch, path);
  } catch {
    rmSync(scratch, { force: true });
  }
}
