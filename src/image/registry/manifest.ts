/**
 * Manifests and indexes from untrusted bytes to plain data: every field that is used later is checked here. Source: OCI
 * image-spec 1.1 (manifest.md, image-index.md), Docker image manifest version 2, schema 2. Pure.
 */
import { TsrunError } from '../../model/errors.ts';
import type { Descriptor, Platform } from '../../model/image.ts';
import { SHA256_DIGEST } from '../reference/grammar.ts';
import { isImageConfig, isLayer, manifestKind, withoutParameters, type ManifestKind } from './media-types.ts';

export interface ImageManifest {
  kind: 'image';
  config: Descriptor;
  /** From the bottom up. */
  layers: Descriptor[];
}

export interface ImageIndex {
  kind: 'index';
  manifests: Descriptor[];
}

/** No image has more: the kernel stacks at most 500 layers, Docker 127. */
const MOST_LAYERS = 500;
const MOST_ENTRIES = 10_000;

/**
 * Read a manifest.
 * @param name the familiar reference, for words
 * @param contentType the answer's header; the manifest's own `mediaType` is believed before it
 * @throws TsrunError REGISTRY (HTML, not JSON), UNSUPPORTED (schema 1, a thing that is no image), CORRUPT (a field is wrong)
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined, name: string): ImageManifest | ImageIndex {
  const value = parseObject(bytes, contentType, name);
  switch (kindOf(value, withoutParameters(contentType))) {
    case 'schema1':
      throw new TsrunError('UNSUPPORTED', `${name}: Docker Image manifest version 2, schema 1 is not supported`, {
        step: 1,
        hint: 'the image was pushed by a Docker older than 1.10; push it again with a newer one',
      });
    case 'index':
      return { kind: 'index', manifests: readList(value, 'manifests', MOST_ENTRIES, name) };
    case 'image':
      return readImageManifest(value, name);
    case 'other':
      throw new TsrunError('UNSUPPORTED', `${name}: unsupported manifest format ${describeType(value['mediaType'] ?? contentType)}`, {
        step: 1,
      });
  }
}

type JsonObject = Record<string, unknown>;

function parseObject(bytes: Uint8Array, contentType: string | undefined, name: string): JsonObject {
  const text = new TextDecoder().decode(bytes);
  if (withoutParameters(contentType) === 'text/html' || /^\s*</.test(text)) {
    throw new TsrunError('REGISTRY', `the registry answered the request for ${name} with a web page (HTML), not with a manifest`, {
      step: 1,
      hint: 'check the host name; a proxy or a sign-in page may stand in between',
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw new TsrunError('REGISTRY', `the manifest of ${name} is not JSON`, { step: 1, cause: error });
  }
  throw new TsrunError('REGISTRY', `the manifest of ${name} is not a JSON object`, { step: 1 });
}

/** The manifest's own type, else the header's, else its shape (OCI allows both to be missing). */
function kindOf(value: JsonObject, headerType: string): ManifestKind {
  if (value['schemaVersion'] === 1 || Array.isArray(value['fsLayers'])) return 'schema1';
  const own = typeof value['mediaType'] === 'string' ? value['mediaType'] : headerType;
  const kind = manifestKind(own);
  const isIndexShaped = Array.isArray(value['manifests']);
  const isImageShaped = Array.isArray(value['layers']);
  // Both at once is how one digest could mean two things to two readers (CVE-2021-41190).
  if (isIndexShaped && isImageShaped) return 'other';
  if (kind !== 'other' || (own !== '' && own !== 'application/json' && own !== 'application/octet-stream')) return kind;
  if (isIndexShaped) return 'index';
  return isImageShaped ? 'image' : 'other';
}

function readImageManifest(value: JsonObject, name: string): ImageManifest {
  const config = readDescriptor(value['config'], 'config', name);
  if (!isImageConfig(config.mediaType)) {
    throw new TsrunError('UNSUPPORTED', `${name} is not a container image: its config is ${describeType(config.mediaType)}`, { step: 1 });
  }
  const layers = readList(value, 'layers', MOST_LAYERS, name);
  for (const [index, layer] of layers.entries()) {
    if (!isLayer(layer.mediaType)) {
      throw new TsrunError('UNSUPPORTED', `${name}: unsupported media type ${describeType(layer.mediaType)} of layer ${index}`, {
        step: 1,
      });
    }
  }
  return { kind: 'image', config, layers };
}

function readList(value: JsonObject, field: string, most: number, name: string): Descriptor[] {
  const list = value[field];
  if (!Array.isArray(list)) throw corrupt(name, `${field} is not a list`);
  if (list.length > most) throw corrupt(name, `${field} has ${list.length} entries, and at most ${most} are allowed`);
  return list.map((entry: unknown, index) => readDescriptor(entry, `${field}[${index}]`, name));
}

function readDescriptor(value: unknown, where: string, name: string): Descriptor {
  if (!isObject(value)) throw corrupt(name, `${where} is not an object`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string') throw corrupt(name, `${where}.mediaType is not a string`);
  if (typeof digest !== 'string' || !SHA256_DIGEST.test(digest)) throw corrupt(name, `${where}.digest is not sha256: and 64 hex digits`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw corrupt(name, `${where}.size is not a count of bytes`);
  const platform = readPlatform(value['platform']);
  return { mediaType, digest: digest as Descriptor['digest'], size, ...(platform === undefined ? {} : { platform }) };
}

function readPlatform(value: unknown): Platform | undefined {
  if (!isObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a stranger wrote, fit for a terminal. */
function describeType(type: unknown): string {
  return typeof type === 'string' ? JSON.stringify(type.slice(0, 120)) : 'of no type';
}

function corrupt(name: string, what: string): TsrunError {
  return new TsrunError('CORRUPT', `the manifest of ${name} is damaged: ${what}`, { step: 1 });
}
