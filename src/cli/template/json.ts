/** Between JSON and the values of templates. */
import { GoDuration, GoFloat, GoMap, GoNil, GoStruct, isList, type GoValue } from './values.ts';

/** JSON's values, as they are when nothing is known of their types: every object is a map whose keys must be there. */
export function untyped(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map((each) => untyped(each));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]): [string, GoValue] => [name, untyped(each)]);
    return new GoMap(new Map(entries), { zero: null, type: 'map[string]interface {}', strict: true });
  }
  return scalar(value);
}

/**
 * What Docker's types say of JSON's values, where it isn't a struct, a list or plain. Values are known by the name of their
 * field, or, where that says too little, by its struct's and its own: `LogConfig.Config`; a list's elements by the list's name
 * and `[]`, a map's by its name and `{}`; the whole is ''.
 */
export interface TypeHints {
  /** Objects that are maps: to what `index` gives for a key that isn't there. */
  maps: Readonly<Record<string, GoValue>>;
  /** Of those, the ones whose keys have a type of their own, which no text fits: `index` then asks JSON without types. */
  keyTypes: Readonly<Record<string, string>>;
  /** A null that is a pointer's. */
  pointers: ReadonlySet<string>;
  /** Fields that a struct has though JSON leaves them out where they are empty. */
  optional: Readonly<Record<string, Readonly<Record<string, GoValue>>>>;
  /** Durations, by their struct's name and their own; in nanoseconds. */
  durations: ReadonlySet<string>;
  /** Go's names of fields that JSON calls otherwise; of what is a struct within for Go, and not for JSON, the name ''. */
  goNames: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The fields of structs in Go's order, where JSON leaves out some that stand between others. */
  orders: Readonly<Record<string, readonly string[]>>;
  /** What Go calls the type of a struct. */
  types?: Readonly<Record<string, string>>;
}

/** JSON's values as Docker's own types have them: objects are structs unless a hint says that they are maps. */
export function typed(value: unknown, hints: TypeHints, name = '', parent = ''): GoValue {
  const mapName = [`${parent}.${name}`, name].find((each) => Object.hasOwn(hints.maps, each));
  if (value === null || value === undefined) {
    return new GoNil(mapName !== undefined ? 'map' : hints.pointers.has(name) ? 'pointer' : 'list');
  }
  if (Array.isArray(value)) return value.map((each) => typed(each, hints, `${name}[]`));
  if (typeof value === 'number' && hints.durations.has(`${parent}.${name}`)) return new GoDuration(value);
  if (typeof value !== 'object') return scalar(value);
  if (mapName !== undefined) {
    const entries = Object.entries(value).map(([key, each]): [string, GoValue] => [key, typed(each, hints, `${name}{}`)]);
    return new GoMap(new Map(entries), { zero: hints.maps[mapName] ?? null, keyType: hints.keyTypes[name] ?? 'string' });
  }
  const fields = Object.entries(value).map(([key, each]): [string, () => GoValue] => [key, () => typed(each, hints, key, name)]);
  return new GoStruct(hints.types?.[name] ?? 'struct', new Map(fields), {
    optional: hints.optional[name] ?? {},
    goNames: hints.goNames[name] ?? {},
    order: hints.orders[name] ?? [],
  });
}

function scalar(value: unknown): GoValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value : new GoFloat(value);
  return null;
}

/** What `json` prints: maps sorted, structs in their own order. */
export function toJson(value: GoValue): string {
  // As Go: what JavaScript of old couldn't have in a text.
  return escapedAsCode(jsonText(value), /[\u2028\u2029]/g);
}

const escapedAsCode = (text: string, characters: RegExp): string =>
  text.replaceAll(characters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Piece by piece: an object of JavaScript's would put keys that are numbers first. */
function jsonText(value: GoValue): string {
  if (value === null || value instanceof GoNil) return 'null';
  if (value instanceof GoFloat || value instanceof GoDuration) return JSON.stringify(value.value);
  if (isList(value)) return `[${value.map((each) => jsonText(each)).join(',')}]`;
  if (value instanceof GoMap) return objectText(value.keys().map((key) => [key, value.entries.get(key) ?? null]));
  if (value instanceof GoStruct) {
    const text = objectText(value.names().map((name) => [name, value.field(name)]));
    // What makes JSON of itself escapes what HTML couldn't have.
    return value.marshals ? escapedAsCode(text, /[<>&]/g) : text;
  }
  return JSON.stringify(value);
}

const objectText = (entries: readonly [string, GoValue][]): string =>
  `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${jsonText(each)}`).join(',')}}`;
