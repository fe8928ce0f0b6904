/** Checks of image manifests, indexes and configs. Source: image-spec 1.1 and its JSON schemas. */
import { flag, int64, integer, listOf, mapOf, matching, object, oneOf, orNull, problemsOf, text, texts } from './check.ts';
import type { Check } from './check.ts';

const digest: Check = matching(
  /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}|(?!sha256:|sha512:)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[\w=-]+)$/,
  'a digest such as sha256:… (64 hex digits)',
);
const mediaType: Check = matching(/^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}$/, 'a media type');
const size: Check = integer(0, Number.MAX_SAFE_INTEGER, 'a number of bytes');
const version: Check = integer(2, 2, '2');
const annotations: Check = mapOf(text);

const descriptorParts = { urls: texts, data: text, artifactType: mediaType, annotations };
const descriptor: Check = object({ mediaType, digest, size }, descriptorParts);

const platform: Check = object({ architecture: text, os: text }, { 'os.version': text, 'os.features': texts, variant: text });

const manifest: Check = object(
  { schemaVersion: version, config: descriptor, layers: listOf(descriptor) },
  { mediaType, artifactType: mediaType, subject: descriptor, annotations },
);

const index: Check = object(
  { schemaVersion: version, manifests: listOf(object({ mediaType, digest, size }, { ...descriptorParts, platform })) },
  { mediaType, artifactType: mediaType, subject: descriptor, annotations },
);

/** RFC 3339, section 5.6. */
const time: Check = matching(
  /^\d{4}-(?:0\d|1[0-2])-[0-3]\dT(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i,
  'a time such as 2006-01-02T15:04:05Z',
);

const anyObject: Check = object({});

/** Docker's, with times in nanoseconds; the specification reserves the name. Source: Docker image specification v1.2. */
const healthcheck: Check = object(
  {},
  {
    Test: orNull(texts),
    Interval: int64,
    Timeout: int64,
    StartPeriod: int64,
    StartInterval: int64,
    Retries: int64,
  },
);

const imageConfig: Check = object(
  { architecture: text, os: text, rootfs: object({ type: oneOf('layers'), diff_ids: listOf(digest) }) },
  {
    created: time,
    author: text,
    variant: text,
    'os.version': text,
    'os.features': texts,
    config: orNull(
      object(
        {},
        {
          User: text,
          ExposedPorts: orNull(mapOf(anyObject)),
          Env: orNull(texts),
          Entrypoint: orNull(texts),
          Cmd: orNull(texts),
          Volumes: orNull(mapOf(anyObject)),
          WorkingDir: text,
          Labels: orNull(mapOf(text)),
          StopSignal: text,
          ArgsEscaped: flag,
          Hostname: text,
          Healthcheck: orNull(healthcheck),
          Shell: orNull(texts),
          OnBuild: orNull(texts),
        },
      ),
    ),
    history: orNull(listOf(object({}, { created: time, author: text, created_by: text, comment: text, empty_layer: flag }))),
  },
);

/** All that is wrong with an image manifest; empty where it is valid. An image without layers is one (of `FROM scratch`). */
export function validateManifest(value: unknown): string[] {
  return problemsOf(value, manifest);
}

/** All that is wrong with an image index; empty where it is valid. */
export function validateIndex(value: unknown): string[] {
  return problemsOf(value, index);
}

/** All that is wrong with an image's config; empty where it is valid. Go's nulls for empty lists are taken. */
export function validateImageConfig(value: unknown): string[] {
  return problemsOf(value, imageConfig);
}
