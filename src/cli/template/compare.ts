/** `eq`, `lt` and their like. Source of the rules and words: Go's text/template, funcs.go. */
import { goText } from './print.ts';
import { compareText, GoDuration, GoFloat, GoMap, GoNil, GoStruct, isList, typeOf, type GoValue } from './values.ts';

const INVALID = 'invalid type for comparison';
const INCOMPATIBLE = 'incompatible types for comparison';

type Kind = 'bool' | 'int' | 'float' | 'string' | 'other';

function kindOf(value: GoValue): Kind {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || value instanceof GoDuration) return 'int';
  if (typeof value === 'string') return 'string';
  return value instanceof GoFloat ? 'float' : 'other';
}

const plain = (value: GoValue): GoValue | number => (value instanceof GoFloat || value instanceof GoDuration ? value.value : value);

/** Whether the first equals any of the others. @throws Error in Go's words */
export function isEqual(first: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => compare(first, other));
}

/** Whether two are equal. @throws Error where they can't be compared */
export function compare(one: GoValue, other: GoValue): boolean {
  if (kindOf(one) !== kindOf(other)) {
    if (one !== null && other !== null) throw new Error(INCOMPATIBLE);
    return false;
  }
  for (const each of [one, other]) checkComparable(each);
  return plain(one) === plain(other);
}

function checkComparable(value: GoValue): void {
  const never = isList(value) || value instanceof GoMap || (value instanceof GoNil && value.kind !== 'pointer');
  // Of a list, Docker's client only ever tells when it takes JSON without types.
  if (never) throw new Error(`non-comparable type ${goText(value)}: ${isList(value) ? '[]interface {}' : typeOf(value)}`);
}

/** Whether the first comes before the second. @throws Error where they have no order */
export function isLess(one: GoValue, other: GoValue): boolean {
  const kind = kindOf(one);
  if (kind === 'other' || kindOf(other) === 'other' || one instanceof GoStruct) throw new Error(INVALID);
  if (kind !== kindOf(other)) throw new Error(INCOMPATIBLE);
  if (kind === 'bool') throw new Error(INVALID);
  if (typeof one === 'string' && typeof other === 'string') return compareText(one, other) < 0;
  return Number(plain(one)) < Number(plain(other));
}
