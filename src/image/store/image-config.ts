/** An image's config from untrusted bytes: whatever is used later is of the type that it has in model/image.ts. */
import { TsrunError } from '../../model/errors.ts';
import type { Digest, ImageConfig } from '../../model/image.ts';
import { validateImageConfig } from '../../oci-spec/index.ts';
import { SHA256_DIGEST } from '../reference/grammar.ts';
import { hostPlatform } from '../registry/platform.ts';

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An image's config; what is used later is checked. One that doesn't name its platform is for this machine, as to Docker.
 * @throws TsrunError CORRUPT
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const value = parseJson(bytes);
  const rootfs: unknown = isObject(value) ? value['rootfs'] : undefined;
  const diffIds: unknown = isObject(rootfs) ? (rootfs['diff_ids'] ?? []) : undefined;
  if (!isObject(value) || !isObject(rootfs) || rootfs['type'] !== 'layers' || !Array.isArray(diffIds)) {
    throw new TsrunError('CORRUPT', "the image's config has no list of layers (rootfs)");
  }
  if (!diffIds.every((each): each is Digest => typeof each === 'string' && SHA256_DIGEST.test(each)))
    throw new TsrunError('CORRUPT', "the image's config holds a diff ID that is no digest");
  const { os, architecture } = hostPlatform();
  const config = { os, architecture, ...withoutNulls(value), rootfs: { type: 'layers', diff_ids: diffIds } };
  const [problem] = validateImageConfig(config);
  if (problem !== undefined) throw new TsrunError('CORRUPT', `the image's config is damaged: ${problem.slice(0, 200)}`);
  const { history } = config as ImageConfig;
  if ((history ?? []).filter((step) => step.empty_layer !== true).length > diffIds.length)
    throw new TsrunError('CORRUPT', 'too many non-empty layers in History section');
  return config as ImageConfig;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    // It is written again: what is nested too deep for that must not come in.
    JSON.stringify(value);
    return value;
  } catch (error) {
    throw new TsrunError('CORRUPT', "the image's config is not JSON", { cause: error });
  }
}

/** A null is nothing, as it is to Go: of the config itself, and of the objects in it that are used. */
function withoutNulls(config: JsonObject): JsonObject {
  const { config: run, history } = config;
  return dropNulls({
    ...config,
    ...(isObject(run) ? { config: dropNulls({ ...run, ...lists(run), Healthcheck: dropNulls(run['Healthcheck']) ?? null }) } : {}),
    ...(Array.isArray(history) ? { history: history.map((each: unknown) => dropNulls(each)) } : {}),
  }) as JsonObject;
}

/** Words that old builders wrote as one text. Source: moby, api/types/strslice. */
function lists(run: JsonObject): JsonObject {
  const texts = ['Cmd', 'Entrypoint', 'Shell'].filter((name) => typeof run[name] === 'string');
  return Object.fromEntries(texts.map((name) => [name, [run[name]]]));
}

function dropNulls(value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null)) : value;
}
