/** Between JSON and the values of templates. */
import { compareText, GoFloat, GoMap, GoNil, GoStruct, isList, type GoValue } from './values.ts';

/** JSON's values, as they are when nothing is known of their types: every object is a map whose keys must be there. */
export function untyped(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map((each) => untyped(each));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]): [string, GoValue] => [name, untyped(each)]);
    return new GoMap(new Map(entries), { zero: null, type: 'map[string]interface {}', strict: true });
  }
  return scalar(value);
}

/** What Docker's types say of a field by its name, where it isn't a struct, a list or plain. */
export interface TypeHints {
  /** Its objects are maps: to what `index` gives for a key that isn't there. */
  maps: Readonly<Record<string, GoValue>>;
  /** Of those, the ones whose keys have a type of their own, which no text fits: `index` then asks JSON without types. */
  keyTypes: Readonly<Record<string, string>>;
  /** Its null is a pointer's. */
  pointers: ReadonlySet<string>;
  /** What Go calls the type of its struct; '' is the whole. */
  types?: Readonly<Record<string, string>>;
}

/** JSON's values as Docker's own types have them: objects are structs unless a hint says that they are maps. */
export function typed(value: unknown, hints: TypeHints, name = ''): GoValue {
  const isMap = Object.hasOwn(hints.maps, name);
  if (value === null || value === undefined) return new GoNil(isMap ? 'map' : hints.pointers.has(name) ? 'pointer' : 'list');
  if (Array.isArray(value)) return value.map((each) => typed(each, hints));
  if (typeof value !== 'object') return scalar(value);
  if (isMap) {
    const entries = Object.entries(value).map(([key, each]): [string, GoValue] => [key, typed(each, hints)]);
    return new GoMap(new Map(entries), { zero: hints.maps[name] ?? null, keyType: hints.keyTypes[name] ?? 'string' });
  }
  const fields = Object.entries(value).map(([key, each]): [string, () => GoValue] => [key, () => typed(each, hints, key)]);
  return new GoStruct(hints.types?.[name] ?? 'struct', new Map(fields));
}

function scalar(value: unknown): GoValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value : new GoFloat(value);
  return null;
}

/** What `json` prints: maps sorted, structs in their own order. */
export function toJson(value: GoValue): string {
  const isEscaped = value instanceof GoStruct && value.marshals;
  // As Go: what JavaScript of old couldn't have in a text, and what HTML couldn't.
  return JSON.stringify(plain(value)).replaceAll(
    isEscaped ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function plain(value: GoValue): unknown {
  if (value instanceof GoNil) return null;
  if (value instanceof GoFloat) return value.value;
  if (value instanceof GoMap) {
    return Object.fromEntries(
      [...value.entries].toSorted(([one], [other]) => compareText(one, other)).map(([key, each]) => [key, plain(each)]),
    );
  }
  if (value instanceof GoStruct) return Object.fromEntries(value.names().map((name) => [name, plain(value.field(name))]));
  return isList(value) ? value.map((each) => plain(each)) : value;
}
