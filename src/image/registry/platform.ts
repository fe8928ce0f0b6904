/** Which entry of an index is for this machine. The rules are containerd's (platforms.Only), which Docker uses. Pure. */
import type { Descriptor, Platform } from '../../model/image.ts';

/** This machine's platform; with Docker's names. */
export function hostPlatform(arch: string = process.arch): Platform {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le', loong64: 'loong64' };
  return normalizePlatform({ os: 'linux', architecture: names[arch] ?? arch });
}

/** Other spellings of one platform: x86_64 is amd64, aarch64 is arm64/v8, armhf is arm/v7. */
export function normalizePlatform(platform: Platform): Platform {
  const architecture = platform.architecture.toLowerCase();
  const variant = platform.variant?.toLowerCase();
  const os = platform.os.toLowerCase();
  switch (architecture) {
    case 'amd64':
    case 'x86_64':
    case 'x86-64':
      return make(os, 'amd64', variant === 'v1' ? undefined : variant);
    case 'i386':
    case '386':
      return make(os, '386', undefined);
    case 'arm64':
    case 'aarch64':
      return make(os, 'arm64', variant === undefined || variant === '8' ? 'v8' : variant);
    case 'armhf':
      return make(os, 'arm', 'v7');
    case 'armel':
      return make(os, 'arm', 'v6');
    case 'arm':
      return make(os, 'arm', variant === undefined ? 'v7' : variant.replace(/^(?=\d)/, 'v'));
    default:
      return make(os, architecture, variant);
  }
}

/** `linux/amd64`, `linux/arm64/v8`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined && part !== '').join('/');
}

/** Whether an image for `offered` is exactly of the platform `wanted`; no variant asked for is any variant. */
export function isPlatform(offered: Platform, wanted: Platform): boolean {
  const [a, b] = [normalizePlatform(offered), normalizePlatform(wanted)];
  return a.os === b.os && a.architecture === b.architecture && (wanted.variant === undefined || a.variant === b.variant);
}

/** What a processor of this platform runs, the best first: arm64 runs arm/v8 and older, amd64 runs 386. */
export function compatiblePlatforms(wanted: Platform): Platform[] {
  const { os, architecture, variant } = normalizePlatform(wanted);
  const level = Number(/^v(\d)/.exec(variant ?? '')?.[1] ?? 0);
  switch (architecture) {
    case 'amd64':
      return [...countDown(os, 'amd64', level, 2), make(os, 'amd64', undefined), make(os, '386', undefined)];
    case 'arm64':
      return [...(variant === 'v8' ? [] : [make(os, 'arm64', variant)]), make(os, 'arm64', 'v8'), ...countDown(os, 'arm', 8, 5)];
    case 'arm':
      return countDown(os, 'arm', level, 5);
    default:
      return [make(os, architecture, variant)];
  }
}

/** The entry of `entries` that runs best on `wanted`; undefined when none does. The first of equal ones wins. */
export function chooseManifest(entries: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  const offers = entries.map((entry) => ({ entry, key: entry.platform && formatPlatform(normalizePlatform(entry.platform)) }));
  for (const platform of compatiblePlatforms(wanted)) {
    const key = formatPlatform(platform);
    const offer = offers.find((candidate) => candidate.key === key);
    if (offer !== undefined) return offer.entry;
  }
  // An index may leave the platform out; where that is its only entry, the config will tell.
  const [only, ...others] = entries;
  return only?.platform === undefined && others.length === 0 ? only : undefined;
}

function countDown(os: string, architecture: string, from: number, to: number): Platform[] {
  return Array.from({ length: Math.max(from - to + 1, 0) }, (_, step) => make(os, architecture, `v${from - step}`));
}

function make(os: string, architecture: string, variant: string | undefined): Platform {
  return { os, architecture, ...(variant === undefined || variant === '' ? {} : { variant }) };
}
