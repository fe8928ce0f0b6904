/** From a reference to the one manifest for a platform: through an index, where the registry has one. */
import { TsrunError } from '../../model/errors.ts';
import type { Digest, Platform } from '../../model/image.ts';
import { familiarName, tagOrDigest, type Reference } from '../reference/reference.ts';
import type { FetchedManifest, RegistryClient } from '../registry/client.ts';
import { parseManifest, type ImageManifest } from '../registry/manifest.ts';
import { chooseManifest, formatPlatform } from '../registry/platform.ts';

export interface FoundManifest {
  /** Of what the registry has under the name: what `Digest:` prints, and the repository digest. */
  namedDigest: Digest;
  /** The image's own manifest, as it came. */
  bytes: Uint8Array;
  manifest: ImageManifest;
  /** The indexes that led to it, the outermost first; none: the manifest is the only one there is. */
  indexes: Uint8Array[];
}

/** An index within an index is allowed by the specification, and used by nobody deeper than this. */
const DEEPEST = 3;

/** @throws TsrunError NOT_FOUND `no matching manifest for linux/amd64 in the manifest list entries`, and as the client */
export async function findManifest(client: RegistryClient, reference: Reference, platform: Platform): Promise<FoundManifest> {
  const name = familiarName(reference);
  const named = await client.manifest(tagOrDigest(reference));
  let current: FetchedManifest = named;
  const indexes: Uint8Array[] = [];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const parsed = parseManifest(current.bytes, current.contentType, name);
    if (parsed.kind === 'image') return { namedDigest: named.digest, bytes: current.bytes, manifest: parsed, indexes };
    indexes.push(current.bytes);
    const chosen = chooseManifest(parsed.manifests, platform);
    if (chosen === undefined) throw noMatch(name, platform, parsed.manifests);
    current = await client.manifest(chosen.digest);
  }
  throw new TsrunError('UNSUPPORTED', `${name}: indexes are nested more than ${DEEPEST} deep`, { step: 1 });
}

function noMatch(name: string, platform: Platform, entries: readonly { platform?: Platform }[]): TsrunError {
  const offered = entries.map((entry) => (entry.platform === undefined ? 'unknown' : formatPlatform(entry.platform)));
  const known = [...new Set(offered)].filter((text) => !text.startsWith('unknown'));
  return new TsrunError('NOT_FOUND', `no matching manifest for ${formatPlatform(platform)} in the manifest list entries`, {
    step: 1,
    path: name,
    hint: known.length > 0 ? `${name} is there for ${known.slice(0, 20).join(', ')}` : `${name} names no platform at all`,
  });
}
