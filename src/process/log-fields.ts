/**
 * What every record of a container's log carries: `--log-opt labels, labels-regex, env, env-regex, tag`, as Docker's drivers
 * write them. Source: moby, daemon/logger/loginfo.go, loggerutils/log_tag.go and journald/journald.go.
 */
import type { Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';

type Logged = Pick<Container, 'id' | 'name' | 'imageId'> & {
  config: Pick<Container['config'], 'image' | 'entrypoint' | 'command' | 'environment' | 'labels' | 'logOptions'>;
};

/** More than this in each record is refused: a datagram for the journal must hold it. */
const LONGEST = 65_536;

const SHORT = 12;

/** What a tag's template may name: fields of Docker's logger.Info. */
const TAG_FIELDS: Readonly<Record<string, (container: Logged) => string>> = {
  ID: ({ id }) => id.slice(0, SHORT),
  FullID: ({ id }) => id,
  Name: ({ name }) => name,
  ContainerName: ({ name }) => `/${name}`,
  ImageID: ({ imageId }) => imageId.slice(0, SHORT),
  ImageFullID: ({ imageId }) => imageId,
  ImageName: ({ config }) => config.image,
  Command: ({ config }) => [...config.entrypoint, ...config.command].join(' '),
  DaemonName: () => 'tsrun',
};

/**
 * A tag from its template: text, and fields as `{{.Name}}`.
 * @throws TsrunError INVALID_ARGUMENT, in Docker's words where it is a wrong field
 */
function renderTag(template: string, container: Logged): string {
  return template.replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (_all, inside: string) => {
    const render = /^\.\w+$/.test(inside) ? TAG_FIELDS[inside.slice(1)] : undefined;
    if (render !== undefined) return render(container);
    const reason = /^\.\w+$/.test(inside)
      ? `template: log-tag:1: executing "log-tag" at <${inside}>: can't evaluate field ${inside.slice(1)} in type *logger.Info`
      : `the tag ${JSON.stringify(template)} holds more than text and fields`;
    throw loggingError(
      reason,
      `a tag may name ${Object.keys(TAG_FIELDS)
        .map((name) => `{{.${name}}}`)
        .join(' ')}`,
    );
  });
}

/** What of a log's options is found wrong when the container starts, in Docker's words. */
export function loggingError(reason: string, hint?: string): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', `failed to initialize logging driver: ${reason}`, { step: 6, hint });
}

const words = (list: string | undefined): string[] => (list ?? '').split(',').filter((word) => word !== '');

/** Labels and variables of the container that were asked for, and the tag where there is one. */
function attributesOf(container: Logged): Record<string, string> {
  const { labels, environment, logOptions } = container.config;
  const variables = Object.fromEntries(environment.filter((each) => each.includes('=')).map((each) => splitPair(each)));
  const attributes: Record<string, string> = {};
  const take = (from: Readonly<Record<string, string>>, names: readonly string[]): void => {
    for (const name of names) if (Object.hasOwn(from, name)) attributes[name] = from[name] ?? '';
  };
  take(labels, words(logOptions['labels']));
  take(labels, matching(labels, logOptions['labels-regex']));
  take(variables, words(logOptions['env']));
  take(variables, matching(variables, logOptions['env-regex']));
  return attributes;
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

function matching(from: Readonly<Record<string, string>>, pattern: string | undefined): string[] {
  if (pattern === undefined || pattern === '') return [];
  const expression = new RegExp(pattern, 'u');
  return Object.keys(from).filter((name) => expression.test(name));
}

/** `attrs` of a json-file's records, as Go writes JSON: names in order, `<`, `>` and `&` escaped. Empty: they have none. */
export function jsonAttributes(container: Logged): Buffer {
  const attributes = attributesOf(container);
  const tag = renderTag(container.config.logOptions['tag'] ?? '', container);
  if (tag !== '') attributes['tag'] = tag;
  const names = Object.keys(attributes).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (names.length === 0) return Buffer.alloc(0);
  const text = `{${names.map((name) => `${goString(name)}:${goString(attributes[name] ?? '')}`).join(',')}}`;
  return limited(Buffer.from(text));
}

function goString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The journal's fields that all records of a container have, in its native form. */
export function journalFields(container: Logged): Buffer {
  const { logOptions, image } = container.config;
  const tag = renderTag(logOptions['tag'] ?? '{{.ID}}', container);
  const fields: [name: string, value: string][] = [
    ['CONTAINER_ID', container.id.slice(0, SHORT)],
    ['CONTAINER_ID_FULL', container.id],
    ['CONTAINER_NAME', container.name],
    ['CONTAINER_TAG', tag],
    ['IMAGE_NAME', image],
    ['SYSLOG_IDENTIFIER', tag],
  ];
  for (const [name, value] of Object.entries(attributesOf(container))) fields.push([journalName(name), value]);
  return limited(Buffer.concat(fields.filter(([name]) => name !== '').map(([name, value]) => journalField(name, value))));
}

/** Upper case letters, digits and underscores, and no underscore first. */
const journalName = (name: string): string =>
  name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/g, '_')
    .replace(/^_+/, '');

/** `NAME=value`, or, where the value holds a newline, the name, its length in 8 bytes, and the value. */
function journalField(name: string, value: string): Buffer {
  if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
  return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`)]);
}

function limited(bytes: Buffer): Buffer {
  if (bytes.length <= LONGEST) return bytes;
  throw loggingError(`labels, variables and tag are ${bytes.length} bytes in each record; at most ${LONGEST} can be`);
}
