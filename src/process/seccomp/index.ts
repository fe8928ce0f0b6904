/**
 * The seccomp filter of a container. Compiling takes some milliseconds and loads tables of a thousand names, so the
 * default profile's filter is kept in a file for each set of capabilities: a run then reads 2 KB. Only that is imported
 * here. The compiler is a dynamic import, which in the bundle becomes a function that runs on its first call; it makes
 * `seccompFilter` asynchronous, and callers that can't wait may ask `cachedSeccompFilter` first.
 */
import { readKernelFile } from '../../kernel/kernel-file.ts';
import { cachedFilterPath, readCachedFilter, writeCachedFilter } from './cache.ts';
import type { Circumstances } from './circumstances.ts';
import type { Processor, SeccompFilter } from './types.ts';

export type { Circumstances } from './circumstances.ts';
export type { SeccompFilter } from './types.ts';

export interface SeccompRequest {
  /** `default`, `unconfined` (also for --privileged), or the JSON text of a profile in Docker's form. */
  profile: string;
  /** The container's bounding set. */
  capabilities: bigint;
  /** Where compiled filters are kept. */
  cacheDirectory: string;
}

/** This host's processor and kernel. */
export function hostCircumstances(capabilities: bigint): Circumstances {
  const processor: Processor = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return { capabilities, processor, kernel: readKernelFile('/proc/sys/kernel/osrelease').trim() };
}

/** The filter if it costs no more than a file to read; undefined where it must be compiled. Not for `unconfined`. */
export function cachedSeccompFilter({ profile, capabilities, cacheDirectory }: SeccompRequest): SeccompFilter | undefined {
  return profile === 'default' ? readCachedFilter(cachedFilterPath(cacheDirectory, hostCircumstances(capabilities))) : undefined;
}

/**
 * The filter for a container; undefined for `unconfined`.
 * @throws TsrunError INVALID_ARGUMENT or UNSUPPORTED where the profile is wrong, naming the field.
 */
export async function seccompFilter(request: SeccompRequest): Promise<SeccompFilter | undefined> {
  if (request.profile === 'unconfined') return undefined;
  const cached = cachedSeccompFilter(request);
  if (cached !== undefined) return cached;
  const { buildSeccompFilter } = await import('./build.ts');
  const circumstances = hostCircumstances(request.capabilities);
  const built = buildSeccompFilter(request.profile, circumstances);
  if (request.profile === 'default') writeCachedFilter(cachedFilterPath(request.cacheDirectory, circumstances), built);
  return built;
}
