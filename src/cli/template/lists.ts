/** `index`, `slice` and `len`. Texts are counted in bytes, as Go does. Source of the words: Go's text/template, funcs.go. */
import { GoMap, GoNil, isList, typeOf, type GoValue } from './values.ts';

/** One element of a list, text or map. @throws Error in Go's words */
export function indexValue(value: GoValue, key: GoValue): GoValue {
  if (value === null) throw new Error('index of untyped nil');
  if (value instanceof GoNil && value.kind === 'pointer') throw new Error('index of nil pointer');
  if (value instanceof GoMap || value instanceof GoNil) {
    if (value instanceof GoNil && value.kind === 'list') return at([], key);
    const keyType = value instanceof GoNil ? 'string' : value.keyType;
    if (typeof key !== 'string' || keyType !== 'string') throw new Error(`value has type ${typeOf(key)}; should be ${keyType}`);
    if (value instanceof GoNil) return '';
    const found = value.entries.get(key);
    return found === undefined ? value.zero : found;
  }
  if (typeof value === 'string') return at([...Buffer.from(value)], key, 'string');
  if (isList(value)) return at(value, key);
  throw new Error(`can't index item of type ${typeOf(value)}`);
}

function at(list: readonly GoValue[], key: GoValue, what: 'slice' | 'string' = 'slice'): GoValue {
  const index = position(key, list.length, 'index');
  // One too far passes Go's own check, and its reflection complains.
  if (index === list.length) throw new Error(`reflect: ${what} index out of range`);
  return list[index] ?? null;
}

function position(key: GoValue, most: number, what: 'index' | 'slice'): number {
  if (key === null) throw new Error(`cannot ${what} slice/array with nil`);
  if (typeof key !== 'number') throw new Error(`cannot ${what} slice/array with type ${typeOf(key)}`);
  if (key < 0 || key > most) throw new Error(`index out of range: ${key}`);
  return key;
}

/** From the first bound up to the second. @throws Error in Go's words */
export function sliceValue(value: GoValue, bounds: readonly GoValue[]): GoValue {
  if (value === null) throw new Error('slice of untyped nil');
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  if (typeof value === 'string' && bounds.length === 3) throw new Error('cannot 3-index slice a string');
  const list = typeof value === 'string' ? Buffer.from(value) : value instanceof GoNil && value.kind === 'list' ? [] : value;
  if (!(list instanceof Uint8Array) && !isList(list)) throw new Error(`can't slice item of type ${typeOf(value)}`);
  const [from = 0, to = list.length, capacity] = bounds.map((bound) => position(bound, list.length, 'slice'));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (capacity !== undefined && to > capacity) throw new Error(`invalid slice index: ${to} > ${capacity}`);
  return list instanceof Uint8Array ? list.subarray(from, to).toString() : list.slice(from, to);
}

/** Bytes of a text, elements of a list or map. @throws Error in Go's words */
export function lengthOf(value: GoValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (value instanceof GoMap) return value.entries.size;
  if (value === null) throw new Error('len of nil pointer');
  if (!(value instanceof GoNil)) throw new Error(`len of type ${typeOf(value)}`);
  if (value.kind === 'pointer') throw new Error('len of nil pointer');
  return 0;
}

/** What a range goes over, with keys or numbers; undefined: it can't. */
export function pairsOf(value: GoValue): [GoValue, GoValue][] | undefined {
  if (value === null || (value instanceof GoNil && value.kind !== 'pointer')) return [];
  if (isList(value)) return value.map((each, index) => [index, each]);
  // Since Go 1.24.
  if (typeof value === 'number') return Array.from({ length: Math.max(0, value) }, (_none, index) => [index, index]);
  if (!(value instanceof GoMap)) return undefined;
  return value.keys().map((key): [GoValue, GoValue] => [key, value.entries.get(key) ?? null]);
}
