/** The slow way to a filter: read or make the profile and compile it. Loads the tables; `index.ts` avoids it where it can. */
import { compileSeccomp } from './compile.ts';
import { defaultProfile } from './default-profile.ts';
import { resolveProfile } from './docker-profile.ts';
import type { Circumstances } from './circumstances.ts';
import type { SeccompConfig, SeccompFilter } from './types.ts';

/** The OCI object of `default` or of a profile file's text. Throws as `resolveProfile`. */
export function resolveSeccomp(profile: string, circumstances: Circumstances): SeccompConfig {
  return profile === 'default' ? defaultProfile(circumstances) : resolveProfile(profile, circumstances);
}

/** The filter of `default` or of a profile file's text. Throws as `resolveProfile` and `compileSeccomp`. */
export function buildSeccompFilter(profile: string, circumstances: Circumstances): SeccompFilter {
  return compileSeccomp(resolveSeccomp(profile, circumstances), circumstances.processor);
}
