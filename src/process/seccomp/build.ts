/** The slow way to a filter: read or make the profile and compile it. Loads the tables; `index.ts` avoids it where it can. */
import type { LinuxSeccomp } from '../../oci-spec/seccomp.ts';
import { compileSeccomp } from './compile.ts';
import { defaultProfile } from './default-profile.ts';
import { resolveProfile } from './docker-profile.ts';
import type { Circumstances } from './circumstances.ts';
import type { SeccompConfig, SeccompFilter } from './types.ts';

function resolve(profile: string, circumstances: Circumstances): SeccompConfig {
  return profile === 'default' ? defaultProfile(circumstances) : resolveProfile(profile, circumstances);
}

/** JSON.rawJSON, which TypeScript's own types don't have yet: a value that is written as this text. */
const rawJson = (JSON as unknown as { rawJSON: (text: string) => number }).rawJSON;

/**
 * `linux.seccomp` for a config.json, of `default` or of a profile file's text. Numbers of 64 bits are objects that
 * JSON.stringify writes exactly. Throws as `resolveProfile`.
 */
export function resolveSeccomp(profile: string, circumstances: Circumstances): LinuxSeccomp {
  const config = resolve(profile, circumstances);
  const write = (value: number | bigint | undefined): number | undefined => (typeof value === 'bigint' ? rawJson(String(value)) : value);
  const syscalls = config.syscalls?.map(({ args, ...rule }) => ({
    ...rule,
    ...(args === undefined ? {} : { args: args.map((each) => ({ ...each, value: write(each.value), valueTwo: write(each.valueTwo) })) }),
  }));
  // Its words were checked: they are those of the specification.
  return { ...config, syscalls } as LinuxSeccomp;
}

/** The filter of `default` or of a profile file's text. Throws as `resolveProfile` and `compileSeccomp`. */
export function buildSeccompFilter(profile: string, circumstances: Circumstances): SeccompFilter {
  return compileSeccomp(resolve(profile, circumstances), circumstances.processor);
}
